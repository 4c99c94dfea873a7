package io.orizuru.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.io.ByteArrayInputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentLinesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

    private static SentLines of(String sent) {
        return new SentLines(new ByteArrayInputStream(sent.getBytes(UTF_8)), Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @Test
    void objectsComeOneAfterTheOther() {
        SentLines lines = of("{\"Date\":\"2026-02-03T04:05:06.789+02:00\",\"Message\":\"one\",\"Source\":\"web\","
                + "\"AppName\":\"a\",\"Unit\":\"u\",\"Level\":3}{\"appname\":\"b\",\"message\":\"zwei ü\"}\n \n");
        assertThat(lines.next())
                .contains(new LogLine("a", Instant.parse("2026-02-03T02:05:06.789Z"), "web", "u", "one"));
        assertThat(lines.next()).contains(new LogLine("b", NOW, "app", "", "zwei ü"));
        assertThat(lines.next()).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"Message\":\"x\"} | AppName is missing",
                "{\"AppName\":\"\"} | AppName is missing",
                "null | it is no object of the texts",
                "{\"AppName\":\"a\",\"Date\":\"yesterday\"} | the Date \"yesterday\" is no time",
                "[{\"AppName\":\"a\"}] | it is no object of the texts",
                "\"text\" | it is no object of the texts",
                "{\"AppName\":\"a\" | ``",
                "{\"AppName\":{\"a\":1}} | it is no object of the texts",
                "nonsense | nonsense"
            })
    void whatIsNoLineIsRefusedWithItsNumber(String sent, String why) {
        SentLines lines = of("{\"AppName\":\"a\"}\n" + sent);
        assertThat(lines.next()).isPresent();
        assertThatThrownBy(() -> {
                    for (Optional<LogLine> line = lines.next(); line.isPresent(); ) {
                        line = lines.next();
                    }
                })
                .isInstanceOf(Failure.class)
                .hasMessageMatching("(?s)line [23]: .*")
                .hasMessageContaining(why);
        // And so at the very beginning.
        assertThatThrownBy(() -> of(sent).next())
                .isInstanceOf(Failure.class)
                .hasMessageMatching("(?s)line 1: .*")
                .hasMessageContaining(why);
    }

    @Test
    void aTextHasABound() {
        assertThat(of("{\"AppName\":\"a\",\"Message\":\"" + "x".repeat(SentLines.LONGEST_TEXT) + "\"}")
                        .next())
                .isPresent();
        SentLines long_ = of("{\"AppName\":\"a\",\"Message\":\"" + "x".repeat(SentLines.LONGEST_TEXT + 1) + "\"}");
        assertThatThrownBy(long_::next).isInstanceOf(Failure.class).hasMessageContaining("line 1: ");
    }
}
