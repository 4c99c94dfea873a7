package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every example with the {@code tsuru} client itself, as somebody at a terminal: made, deployed, deployed anew, scaled, its
 * log followed, a shell opened in it, rolled back, removed. The client is no part of this project, so this is not among the usual tests:
 *
 * <pre>mvn verify -Pclient -Dclient.path=PATH_OF_TSURU</pre>
 */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class ClientRun {
    private static final Path EXAMPLES =
            Path.of(System.getProperty("basedir", "."), "examples").toAbsolutePath();
    private static final String CLIENT = System.getProperty("client.path", "");
    private static final long LONGEST_SECONDS = 240;

    private final TestServer server;
    private final Installation here;

    @TempDir
    Path home;

    ClientRun(TestServer server) {
        this.server = server;
        here = Installation.on(server);
    }

    @BeforeAll
    static void theClientIsThere() {
        assertThat(Path.of(CLIENT)).as("-Dclient.path").isExecutable();
    }

    @ParameterizedTest
    @CsvSource({
        "static, static, It flies",
        "python, python, Guest book",
        "node, nodejs, from Node",
        "go, go, from Go",
        "java, java, from Java"
    })
    void anExampleGoesThroughItsLife(String example, String platform, String sign) throws IOException {
        String app = "client-" + example;
        Path source = EXAMPLES.resolve(example);
        tsuru("app", "create", app, platform, "-t", Installation.TEAM, "-o", Installation.POOL);
        for (int version = 1; version <= 2; version++) {
            assertThat(in(source, "app", "deploy", "-a", app, ".")).endsWith(": OK");
            assertThat(here.visitor(app).page()).contains(sign);
        }

        tsuru("unit", "add", "1", "-a", app);
        assertThat(here.units(app)).hasSize(2);

        assertThat(followed(app, "a line for " + app)).contains("a line for " + app);
        assertThat(shell(app, "echo in-$TSURU_APPNAME; exit")).contains("in-" + app);

        assertThat(tsuru("app", "deploy", "list", "-a", app)).contains("v2");
        tsuru("app", "deploy", "rollback", "-a", app, "v1", "-y");
        assertThat(tsuru("app", "info", "-a", app)).contains("client-" + example);
        assertThat(here.info(app).path("units").findValuesAsText("Version"))
                .containsOnly("1")
                .hasSize(2);
        assertThat(here.visitor(app).page()).contains(sign);

        tsuru("unit", "remove", "1", "-a", app);
        assertThat(here.units(app)).hasSize(1);
        tsuru("app", "stop", "-a", app);
        tsuru("app", "start", "-a", app);
        assertThat(here.visitor(app).page()).contains(sign);
        tsuru("app", "remove", "-a", app, "-y");
        assertThat(here.tsuru().get("/1.0/apps/" + app).status()).isEqualTo(404);
    }

    /** What the client says; it must say that all went well. */
    private String tsuru(String... arguments) throws IOException {
        return in(Files.createDirectories(home), arguments);
    }

    private String in(Path directory, String... arguments) throws IOException {
        Process client = start(directory, arguments);
        CompletableFuture<String> said = CompletableFuture.supplyAsync(() -> read(client));
        String output = said.orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS).join();
        assertThat(client.onExit()
                        .orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS)
                        .join()
                        .exitValue())
                .as(String.join(" ", arguments) + ": " + output)
                .isZero();
        return output;
    }

    /** The first line that a follower of the log shows after it was written. */
    private String followed(String app, String line) throws IOException {
        Process client = start(home, "app", "log", "-a", app, "-f", "-l", "1");
        try (BufferedReader lines = client.inputReader(UTF_8)) {
            CompletableFuture<String> found = CompletableFuture.supplyAsync(() -> lines.lines()
                    .filter(text -> text.contains(line))
                    .findFirst()
                    .orElse(""));
            Eventually.holds(() -> {
                assertThat(here.tsuru()
                                .post("/1.0/apps/" + app + "/log", "message", line)
                                .status())
                        .isEqualTo(200);
                assertThat(found).isDone();
            });
            return found.join();
        } finally {
            client.destroyForcibly();
        }
    }

    /** What a shell shows until it ends. */
    private String shell(String app, String line) throws IOException {
        Process client = start(home, "app", "shell", "-a", app);
        CompletableFuture<String> shown = CompletableFuture.supplyAsync(() -> read(client));
        client.getOutputStream().write((line + "\n").getBytes(UTF_8));
        client.getOutputStream().flush();
        return shown.orTimeout(LONGEST_SECONDS, TimeUnit.SECONDS).join();
    }

    private Process start(Path directory, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(CLIENT));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(directory.toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().put("TSURU_TARGET", server.api().toString());
        builder.environment().put("TSURU_TOKEN", server.adminToken());
        return builder.start();
    }

    private static String read(Process process) {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            return String.join("\n", reader.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
