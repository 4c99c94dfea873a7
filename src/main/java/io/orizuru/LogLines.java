package io.orizuru;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtFormatter;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Makes each entry of the server's log what it seems to be. What is logged names paths, apps, and what others' programs said;
 * so control characters in it are written as escapes, before any handler makes a line or JSON of it: nobody begins a line of
 * the log but the server, and nobody moves the cursor of who reads it.
 */
@LoggingFilter(name = "log-lines")
final class LogLines implements Filter {
    /** The message alone, with its parameters in place. */
    private static final ExtFormatter MESSAGE = new PatternFormatter("%s");

    @Override
    public boolean isLoggable(LogRecord entry) {
        String message = MESSAGE.format(entry);
        if (!EscapedText.isPlain(message)) {
            if (entry instanceof ExtLogRecord own) {
                own.setMessage(EscapedText.of(message), ExtLogRecord.FormatStyle.NO_FORMAT);
            } else {
                entry.setMessage(EscapedText.of(message));
            }
            entry.setParameters(null);
        }
        if (entry.getThrown() != null && !Escaped.isPlain(entry.getThrown())) {
            entry.setThrown(new Escaped(entry.getThrown(), 0));
        }
        return true;
    }

    /** An exception as it would be printed, with its messages on one line each. */
    private static final class Escaped extends Throwable {
        private static final long serialVersionUID = 1L;
        private static final int MOST_CAUSES = 20;

        Escaped(Throwable original, int depth) {
            super(EscapedText.of(original.toString()), cause(original, depth));
            setStackTrace(original.getStackTrace());
        }

        private static @Nullable Throwable cause(Throwable original, int depth) {
            Throwable cause = original.getCause();
            return cause == null || depth > MOST_CAUSES ? null : new Escaped(cause, depth + 1);
        }

        static boolean isPlain(Throwable thrown) {
            int depth = 0;
            for (Throwable one = thrown; one != null && depth <= MOST_CAUSES; one = one.getCause(), depth++) {
                if (!EscapedText.isPlain(one.toString()) || one.getSuppressed().length > 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
