package io.orizuru.event;

/** Thrown at a step's border when the server stops: the next one, or another, goes on from there. */
final class HandedOver extends RuntimeException {
    HandedOver() {
        super("the server is stopping; the operation goes on with the next one", null, false, false);
    }
}
