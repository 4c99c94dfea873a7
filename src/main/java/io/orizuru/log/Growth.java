package io.orizuru.log;

/** What came to an app's log since it was last trimmed; a tenth of the limit more is worth the next time. */
final class Growth {
    private static final int PART = 10;

    private final Logs.Limits limits;
    private long lines;
    private long bytes;
    private boolean waiting;

    /** Nothing is known of what an earlier run of the server left; so the first line is worth a look. */
    Growth(Logs.Limits limits) {
        this.limits = limits;
        this.lines = limits.lines();
    }

    /** Counts a line. @return whether the app is to be trimmed and does not wait for it already */
    synchronized boolean add(LogLine line) {
        lines++;
        bytes += line.message().length();
        if (waiting || (lines * PART < limits.lines() && bytes * PART < limits.bytes())) {
            return false;
        }
        waiting = true;
        return true;
    }

    synchronized void trimmed() {
        lines = 0;
        bytes = 0;
        waiting = false;
    }
}
