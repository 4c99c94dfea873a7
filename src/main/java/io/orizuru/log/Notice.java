package io.orizuru.log;

import java.time.Instant;

/** Tells in a log about the log itself. */
final class Notice {
    private static final String SOURCE = "tsuru";

    private Notice() {}

    /** "3 lines were dropped: …". */
    static LogLine of(String app, Instant now, long lines, String fate) {
        String subject = lines == 1 ? "1 line was " : lines + " lines were ";
        return new LogLine(app, now, SOURCE, "", subject + fate);
    }
}
