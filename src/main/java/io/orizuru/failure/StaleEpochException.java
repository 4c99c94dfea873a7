package io.orizuru.failure;

/** A caller whose lease was taken over tried to change units or routes. */
public final class StaleEpochException extends RuntimeException {
    public StaleEpochException(String app, long offered, long seen) {
        super("the epoch " + offered + " for the app \"" + app + "\" is older than " + seen
                + ", which was seen already");
    }
}
