package io.orizuru.event;

/** Thrown at a step's border after somebody asked to cancel the operation. */
public final class Cancelled extends RuntimeException {
    static final String MESSAGE = "canceled by user action";

    Cancelled() {
        super(MESSAGE, null, false, false);
    }
}
