package io.orizuru.service;

/**
 * What a service answered to something that it was to do.
 *
 * @param status of its answer
 * @param text what it said, for people: cut, and without what cannot be printed
 */
record Said(int status, String text) {
    private static final int OK_END = 300;
    private static final int NOT_FOUND = 404;

    boolean good() {
        return status < OK_END;
    }

    boolean missing() {
        return status == NOT_FOUND;
    }

    /** As the end of a sentence about what failed. */
    String reason() {
        return (text.isEmpty() ? "the service said nothing" : text) + " (code: " + status + ")";
    }
}
