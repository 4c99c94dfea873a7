package io.orizuru.log;

import io.orizuru.failure.OneLine;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Makes lines that can be kept of whatever was printed: one bad line must not hold up the others of its batch. */
final class Sanitizer {
    static final int LONGEST_MESSAGE_BYTES = 64 * 1024;
    static final String CUT = " [cut]";

    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_CHARACTER_BYTES = 3;
    private static final Instant EARLIEST = Instant.parse("1970-01-01T00:00:00Z");
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private Sanitizer() {}

    static LogLine clean(LogLine line, Instant now) {
        Instant at = line.at().isBefore(EARLIEST) || line.at().isAfter(LATEST) ? now : line.at();
        return new LogLine(line.app(), at, name(line.source()), name(line.unit()), message(line.message()));
    }

    private static String name(String text) {
        return OneLine.of(storable(text.length() <= LONGEST_NAME ? text : text.substring(0, LONGEST_NAME)));
    }

    private static String message(String text) {
        if (text.length() * (long) LONGEST_CHARACTER_BYTES <= LONGEST_MESSAGE_BYTES) {
            return storable(text);
        }
        CharBuffer in = CharBuffer.wrap(text);
        var result = StandardCharsets.UTF_8
                .newEncoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .encode(in, ByteBuffer.allocate(LONGEST_MESSAGE_BYTES - CUT.length()), true);
        // The encoder stops between characters, never within a surrogate pair.
        return storable(result.isOverflow() ? text.substring(0, in.position()) + CUT : text);
    }

    /** PostgreSQL keeps every character but NUL. */
    private static String storable(String text) {
        return text.indexOf('\0') < 0 ? text : text.replace('\0', '\ufffd');
    }
}
