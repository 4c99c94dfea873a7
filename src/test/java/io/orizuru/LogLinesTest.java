package io.orizuru;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.Test;

final class LogLinesTest {
    private static final PatternFormatter LINES = new PatternFormatter("%p %s%e%n");

    private static String logged(LogRecord entry) {
        new LogLines().isLoggable(entry);
        return LINES.format(entry);
    }

    @Test
    void whatCallersSayBeginsNoLineAndMovesNoCursor() {
        ExtLogRecord entry = new ExtLogRecord(Level.WARNING, "%s is unknown", ExtLogRecord.FormatStyle.PRINTF, "x");
        entry.setParameters(new Object[] {"a\u001b[2J\r\nERROR forged\u009b\u202e"});

        assertThat(logged(entry))
                .isEqualTo("WARNING a\\u001b[2J\\r\\nERROR forged\\u009b\\u202e is unknown" + System.lineSeparator());
    }

    @Test
    void whatIsPlainStaysAsItIs() {
        assertThat(logged(new LogRecord(Level.INFO, "grüß Gott, 100 %"))).startsWith("INFO grüß Gott, 100 %");
    }

    @Test
    void messagesOfExceptionsBeginNoLineEither() {
        LogRecord entry = new LogRecord(Level.SEVERE, "it failed");
        entry.setThrown(new IllegalStateException("a\nb\u001b", new RuntimeException("c\r\nERROR forged")));

        String lines = logged(entry);

        assertThat(lines)
                .contains("java.lang.IllegalStateException: a\\nb\\u001b")
                .contains("java.lang.RuntimeException: c\\r\\nERROR forged")
                .contains("LogLinesTest.java")
                .doesNotContainPattern("(?m)^ERROR");
    }
}
