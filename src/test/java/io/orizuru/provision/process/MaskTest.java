package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MaskTest {
    private static final Mask MASK = new Mask(
            Map.of(
                    "NPM_TOKEN", "npm_abcdef",
                    "PIP_INDEX_URL", "https://user:s3cret-word@index.example/simple",
                    "COLOUR", "orange",
                    "SSH_KEY", "/etc/key",
                    "SHORT_SECRET", "abc"),
            List.of());

    @Test
    void secretsOfTheOperatorAreStarred() {
        assertThat(MASK.apply("using npm_abcdef and s3cret-word")).isEqualTo("using *** and ***");
    }

    @Test
    void credentialsInAnyUrlAreStarred() {
        assertThat(MASK.apply("get https://a:b@host/x and git+ssh://tok@host/y"))
                .isEqualTo("get https://***@host/x and git+ssh://***@host/y");
    }

    @Test
    void everythingElseStays() {
        assertThat(MASK.apply("orange abc /etc/key https://host/x mail@example.com"))
                .isEqualTo("orange abc /etc/key https://host/x mail@example.com");
    }
}
