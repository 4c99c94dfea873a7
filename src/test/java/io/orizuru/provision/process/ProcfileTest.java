package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.orizuru.provision.BuildFailed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcfileTest {
    @Test
    void processesAreReadInTheirOrder() {
        assertThat(Procfile.parse(
                        "# what runs\r\nweb:  gunicorn app:app --bind :$PORT \r\n\nmy-worker_2:python w.py\n"))
                .containsExactly(entry("web", "gunicorn app:app --bind :$PORT"), entry("my-worker_2", "python w.py"));
    }

    @Test
    @Timeout(60)
    void aLineOfSpacesIsLookedThroughOnce() {
        String spaces = "web:" + " ".repeat(1 << 20) + "\u2028x";
        assertThat(Procfile.parse(spaces)).containsExactly(entry("web", "x"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "web python app.py | Procfile:1: expected \"NAME: COMMAND\", a name of letters, digits, - and _, but found \"web python app.py\"",
                "web: a;web: b | Procfile:2: expected a new name, but the process \"web\" is there already",
                "'web: a;;worker:' | Procfile:3: expected a command for the process \"worker\", but found nothing",
                "# only words | Procfile:1: expected at least one \"NAME: COMMAND\", but found none",
                "../x: a | Procfile:1: expected \"NAME: COMMAND\", a name of letters, digits, - and _, but found \"../x: a\"",
            })
    void whatIsWrongIsToldWithItsLine(String text, String message) {
        assertThatThrownBy(() -> Procfile.parse(text.replace(';', '\n')))
                .isInstanceOf(BuildFailed.class)
                .hasMessage(message);
    }
}
