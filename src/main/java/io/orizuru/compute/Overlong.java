package io.orizuru.compute;

/** What was to be computed was too much: it took too long, or was nested too deeply. */
public final class Overlong extends RuntimeException {
    Overlong(String message) {
        super(message, null, false, false);
    }

    /** The message, which is never null here. */
    public String message() {
        return String.valueOf(getMessage());
    }
}
