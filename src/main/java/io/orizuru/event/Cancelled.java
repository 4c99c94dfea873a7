package io.orizuru.event;

/** Thrown at a step's border after somebody asked to cancel the operation. */
public final class Cancelled extends RuntimeException {
    Cancelled() {
        super("canceled by user action", null, false, false);
    }
}
