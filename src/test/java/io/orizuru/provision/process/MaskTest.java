package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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

    /** Trying all ways to split it would take a million times a million steps. */
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aLongLineThatOnlyBeginsLikeAnAddressIsLookedThroughOnce() {
        String line = "://" + "a".repeat(1 << 20);
        assertThat(MASK.apply(line)).isEqualTo(line);
    }

    @Test
    void everythingElseStays() {
        assertThat(MASK.apply("orange abc /etc/key https://host/x mail@example.com"))
                .isEqualTo("orange abc /etc/key https://host/x mail@example.com");
    }

    @Test
    void secretsOfTheOperatorsFilesAreStarred(@TempDir Path directory) throws IOException {
        Path npmrc =
                Files.writeString(directory.resolve("npmrc"), "//r.example/:_authToken=tok-123456\nalways-auth=true\n");
        Path settings = Files.writeString(
                directory.resolve("settings.xml"), "<server><id>mirror</id><password>maven-word</password></server>");
        Path pip = Files.writeString(directory.resolve("pip.conf"), "index-url = https://u:pip-word@host/simple\n");
        Path netrc = Files.writeString(directory.resolve("netrc"), "machine host login me password netrc-word\n");
        Path pem = Files.writeString(
                directory.resolve("key.pem"),
                "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n");
        Mask mask = new Mask(Map.of(), List.of(npmrc, settings, pip, netrc, pem));
        assertThat(mask.apply("tok-123456 maven-word pip-word netrc-word kqhkiG9w0BAQ mirror machine"))
                .isEqualTo("*** *** *** *** *** mirror machine");
    }

    @Test
    void whatIsAddedIsStarredBesideWhatWasThere() {
        assertThat(MASK.and(List.of("password = later-word\n")).apply("npm_abcdef later-word"))
                .isEqualTo("*** ***");
    }

    @Test
    void aSecretIsNotTornInTwoWhereALineIsBroken() {
        String line = "x".repeat(8180) + "npm_abcdef" + "y".repeat(20);
        int cut = MASK.breakable(line.substring(0, 8185));
        assertThat(MASK.apply(line.substring(0, cut)) + MASK.apply(line.substring(cut)))
                .isEqualTo("x".repeat(8180) + "***" + "y".repeat(20));
    }
}
