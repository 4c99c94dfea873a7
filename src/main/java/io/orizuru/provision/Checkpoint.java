package io.orizuru.provision;

/** A border between steps: returns when the work may go on, throws when it was cancelled or its lease was lost. */
@FunctionalInterface
public interface Checkpoint {
    void check();
}
