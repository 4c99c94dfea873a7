package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.provision.AppManifest;
import io.orizuru.provision.AppManifest.HealthCheck;
import io.orizuru.provision.BuildFailed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestFileTest {
    @Test
    void everyKeyIsRead() {
        AppManifest manifest = ManifestFile.parse("tsuru.yaml", """
                hooks:
                  build:
                    - make assets
                    - make docs
                  restart:
                    before: [migrate]
                    after:
                      - warm up
                healthcheck:
                  path: status
                  method: post
                  scheme: HTTPS
                  status: 204
                  match: .*up.*
                  headers:
                    Host: example.com
                    X-Probe: 1
                  allowed_failures: 2
                  interval_seconds: 5
                  timeout_seconds: 6
                  deploy_timeout_seconds: 7
                  use_in_router: true
                kubernetes:
                  groups: {}
                """);
        assertThat(manifest)
                .isEqualTo(new AppManifest(
                        List.of("make assets", "make docs"),
                        List.of("migrate"),
                        List.of("warm up"),
                        new HealthCheck(
                                "/status",
                                "POST",
                                "https",
                                204,
                                ".*up.*",
                                Map.of("Host", "example.com", "X-Probe", "1"),
                                2,
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(6),
                                Duration.ofSeconds(7),
                                true)));
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        HealthCheck check =
                ManifestFile.parse("tsuru.yaml", "healthcheck:\n  path: /\n").healthCheck();
        assertThat(check)
                .isEqualTo(new HealthCheck(
                        "/",
                        "GET",
                        "http",
                        200,
                        null,
                        Map.of(),
                        0,
                        Duration.ofSeconds(3),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(2),
                        false));
        assertThat(ManifestFile.parse("tsuru.yaml", "healthcheck: {path: /, match: ok}")
                        .healthCheck())
                .extracting(HealthCheck::status)
                .isEqualTo(0);
    }

    @Test
    void anEmptyFileAndAnEmptyKeySayNothing() {
        assertThat(ManifestFile.parse("tsuru.yaml", "")).isEqualTo(AppManifest.EMPTY);
        assertThat(ManifestFile.parse("tsuru.yaml", "# nothing\n")).isEqualTo(AppManifest.EMPTY);
        assertThat(ManifestFile.parse("tsuru.yaml", "hooks:\nhealthcheck:\n")).isEqualTo(AppManifest.EMPTY);
        assertThat(ManifestFile.parse("tsuru.yaml", "healthcheck: {command: [ls]}"))
                .isEqualTo(AppManifest.EMPTY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hooks:;  build: make | tsuru.yaml:2: expected a list of commands for hooks.build, but found \"make\"",
                "hooks:;  build:;  - a: b | tsuru.yaml:3: expected a text for hooks.build, but found keys and values",
                "hooks:;  build: [''] | tsuru.yaml:2: expected a command for hooks.build, but found \"\"",
                "hooks: [a] | tsuru.yaml:1: expected keys and values for hooks, but found a list",
                "hello | tsuru.yaml:1: expected keys and values for the file, but found \"hello\"",
                "healthcheck:;  status: 200 | tsuru.yaml:2: expected healthcheck.path, the path to ask for, but it is missing",
                "healthcheck:;  path: /;  status: ok | tsuru.yaml:3: expected a number for healthcheck.status, but found \"ok\"",
                "healthcheck:;  path: /;  status: 99 | tsuru.yaml:3: expected a number from 100 to 599 for healthcheck.status, but found \"99\"",
                "healthcheck:;  path: /;  match: '(' | tsuru.yaml:3: expected a regular expression for healthcheck.match, but found \"(\": the regular expression \"(\" cannot be used: missing closing ): \"(\"; the syntax is that of RE2",
                "healthcheck:;  path: /;  headers: {Content-Length: 3} | tsuru.yaml:3: expected the name of a header that a request may have for healthcheck.headers.Content-Length, but found \"3\"",
                "healthcheck:;  path: 'a b' | tsuru.yaml:2: expected a path as in an address, what is special in it written with % for healthcheck.path, but found \"a b\"",
                "healthcheck:;  path: /;  scheme: ftp | tsuru.yaml:3: expected http or https for healthcheck.scheme, but found \"ftp\"",
                "healthcheck:;  path: /;  use_in_router: maybe | tsuru.yaml:3: expected true or false for healthcheck.use_in_router, but found \"maybe\"",
                "healthcheck:;  path: /;  headers: [a] | tsuru.yaml:3: expected keys and values for healthcheck.headers, but found a list",
            })
    void whatIsWrongIsToldWithItsLine(String text, String message) {
        assertThatThrownBy(() -> ManifestFile.parse("tsuru.yaml", text.replace(';', '\n')))
                .isInstanceOf(BuildFailed.class)
                .hasMessage(message);
    }

    @Test
    void whatIsThereToBeSlowIsRefused() {
        assertThatThrownBy(() -> ManifestFile.parse("tsuru.yaml", "#" + "x".repeat(1 << 16)))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("tsuru.yaml:1: expected YAML, but ");
        StringBuilder laughs = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 20; i++) {
            laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThatThrownBy(() -> ManifestFile.parse("tsuru.yaml", laughs.toString()))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("aliases");
    }

    @Test
    void whatIsNoYamlIsToldWithItsLine() {
        assertThatThrownBy(() -> ManifestFile.parse("app.yaml", "a: 1\nb: [1\nc: 2\n"))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("app.yaml:3: expected YAML, but ");
        assertThatThrownBy(() -> ManifestFile.parse("app.yaml", "[".repeat(10_000)))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("app.yaml:");
        assertThatThrownBy(() -> ManifestFile.parse("app.yaml", "\u0001"))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("app.yaml:");
    }
}
