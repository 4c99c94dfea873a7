package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Shells that people open in their apps, over a WebSocket as the client does. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class ShellIT {
    private static final Source WEB = new Source(
            Map.of("Procfile", "web: python3 -m http.server --bind 127.0.0.1 $PORT\n", "page", "from the release"));
    private static final String CLIENT = "ws://localhost";

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;

    ShellIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
    }

    @BeforeAll
    void anAppRuns() {
        assertThat(tsuru.multipart("POST", "/1.0/platforms", null, "name", "generic")
                        .status())
                .isEqualTo(200);
        here.create("shelled", "generic", WEB);
    }

    private Terminal open(String query) {
        return Terminal.open(server.api(), server.adminToken(), "shelled", query, CLIENT);
    }

    private static List<String> running(String command) {
        return ProcessHandle.allProcesses()
                .map(process -> Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                .map(ShellIT::text)
                .filter(line -> line.contains(command))
                .toList();
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    private JsonNode lastEvent() {
        return tsuru.get("/1.1/events?kindName=app.run.shell&limit=1").json().get(0);
    }

    @Test
    void aShellHasATerminalInTheUnit() {
        String unit = here.units("shelled").iterator().next();
        try (Terminal terminal = open("?isolated=false&debug=false&width=133&height=44&term=xterm-256color&unit=" + unit
                + "&container_id=" + unit)) {
            terminal.enter("stty size; echo T=$TERM A=$TSURU_APPNAME; tty; cat page", "from the release");
            assertThat(terminal.shown()).contains("44 133", "T=xterm-256color A=shelled", "/dev/pts/");
            terminal.enter("echo H=$(hostname) U=$(id -un)", "U=application");
            assertThat(terminal.shown()).contains("H=" + unit);
            assertThat(terminal.enter(
                                    "ps ax 2>/dev/null || cat /proc/[0-9]*/cmdline | tr '\\0' ' '; echo shown-$((40 + 2))",
                                    "shown-42")
                            .shown())
                    .as("it sees the unit's own processes")
                    .contains("http.server");
            // What a key means is the terminal's business.
            terminal.enter("sleep 1000", "sleep 1000").type("\u0003");
            terminal.enter("echo again-$((6 * 7))", "again-42");
            terminal.enter("printf 'ä\\303'; sleep 0.3; printf '\\244 \\377\\n'; echo done-$((1 + 1))", "done-2");
            assertThat(new String(terminal.bytes(), StandardCharsets.ISO_8859_1))
                    .contains("\u00c3\u00a4\u00c3\u00a4 \u00ff");
        }
    }

    @Test
    void muchGoesThroughAtOnceInBothDirections() {
        try (Terminal terminal = open("?width=200&height=50")) {
            terminal.enter(
                    "stty raw -echo; echo ready-$((1 + 1)); head -c 1000000 | tee /dev/tty | wc -c >/tmp/count; stty sane; echo; echo got-$(cat /tmp/count)",
                    "ready-2");
            int before = terminal.bytes().length;
            for (int i = 0; i < 100; i++) {
                terminal.type("0123456789".repeat(1000));
            }
            terminal.await("got-1000000");
            assertThat(terminal.bytes().length - before).isGreaterThan(1_000_000);
        }
    }

    @Test
    void itsEndIsTheSocketsEndAndOnRecord() throws IOException {
        Terminal terminal = open("");
        terminal.enter("echo typed-by-me-$((2 + 3))", "typed-by-me-5");
        JsonNode running = lastEvent();
        assertThat(running.path("Running").asBoolean()).isTrue();
        assertThat(running.path("Target").path("Value").asText()).isEqualTo("shelled");
        assertThat(tsuru.post("/1.0/apps/shelled/env", "Envs.0.Name", "X", "Envs.0.Value", "1", "noRestart", "true")
                        .status())
                .as("it locks nothing")
                .isEqualTo(200);
        terminal.type("exit 7\n");
        assertThat(terminal.awaitClose()).isEqualTo("1000 exit 7");
        Reply event = tsuru.get("/1.1/events/" + running.path("UniqueID").asText());
        assertThat(event.json().path("Running").asBoolean()).isFalse();
        assertThat(event.json().path("Error").asText()).isEmpty();
        assertThat(event.body()).doesNotContain("typed-by-me");
        assertThat(tsuru.get("/1.0/apps/shelled/log?lines=1000").body()).doesNotContain("typed-by-me");
        assertThat(Files.readString(server.output())).doesNotContain("typed-by-me");
    }

    @Test
    void nothingIsLeftOfAShellWhoseClientIsGone() {
        Terminal terminal = open("");
        terminal.enter("nohup sleep 77001 >/dev/null 2>&1 & env -i sleep 77002 & echo up-$((1 + 1))", "up-2");
        Eventually.is(
                "both run",
                () -> !running("sleep 77001").isEmpty()
                        && !running("sleep 77002").isEmpty());
        terminal.vanish();
        Eventually.is("both are gone", () -> running("sleep 7700").isEmpty());
        assertThat(here.units("shelled")).hasSize(1);
    }

    @Test
    void anIsolatedShellIsAloneAndLeavesNothing() {
        try (Terminal terminal = open("?isolated=true&width=90&height=30")) {
            terminal.enter(
                    "stty size; cat page; echo P=[$PORT] $TSURU_APPNAME; echo n-$(ls -d /proc/[0-9]* | wc -l)-$((1 + 1))",
                    "-2");
            assertThat(terminal.shown())
                    .contains("30 90", "from the release", "P=[] shelled")
                    .doesNotContain("http.server");
            assertThat(here.units("shelled")).as("it is no unit").hasSize(1);
            terminal.enter("nohup setsid env -i sleep 77003 & echo started-$((1 + 1))", "started-2");
            terminal.type("exit\n");
            assertThat(terminal.awaitClose()).startsWith("1000 exit");
        }
        Eventually.is("nothing is left", () -> running("sleep 77003").isEmpty());
        assertThat(server.run("doctor").output()).doesNotContain("shelled");
    }

    @Test
    void whatIsRefusedIsToldOverTheSocket() {
        String other = here.units("shelled").iterator().next().replaceAll(".$", "_");
        assertThat(refused(null, "shelled", "", CLIENT))
                .isEqualTo("Error: You must provide a valid Authorization header\n");
        assertThat(refused(server.adminToken(), "no-such", "", CLIENT)).isEqualTo("Error: App no-such not found.\n");
        assertThat(refused(server.adminToken(), "shelled", "?unit=" + other, CLIENT))
                .startsWith("Error: no running unit");
        assertThat(refused(server.adminToken(), "shelled", "?width=many", CLIENT))
                .isEqualTo("Error: the width \"many\" is not a whole number\n");
        assertThat(refused(server.adminToken(), "shelled", "?height=5000", CLIENT))
                .contains("1 to 1000");
        assertThat(refused(server.adminToken(), "shelled", "?term=%3Brm", CLIENT))
                .contains("the terminal \";rm\" is none");
        assertThat(refused(server.adminToken(), "shelled", "", "https://elsewhere.example.com"))
                .contains("the origin \"https://elsewhere.example.com\" is another site");
        assertThat(text(server.output())).doesNotContain(" ERROR ");
    }

    private String refused(@Nullable String token, String app, String query, String origin) {
        try (Terminal terminal = Terminal.open(server.api(), token, app, query, origin)) {
            assertThat(terminal.awaitClose()).startsWith("1000");
            return terminal.shown();
        }
    }

    private String logIn() {
        Reply reply = tsuru.as(null)
                .post("/1.0/users/" + server.adminEmail() + "/tokens", "password", server.adminPassword());
        assertThat(reply.status()).isEqualTo(200);
        return reply.json().path("token").asText();
    }

    @Test
    void aShellEndsWithItsToken() {
        String token = logIn();
        Terminal terminal = Terminal.open(server.api(), token, "shelled", "", CLIENT);
        terminal.enter("sleep 77004 & echo up-$((1 + 1))", "up-2");
        assertThat(tsuru.as(token).delete("/1.0/users/tokens").status()).isEqualTo(200);
        terminal.await("Error: the token that the shell was opened with is not valid any more");
        assertThat(terminal.awaitClose()).startsWith("1000 the token");
        Eventually.is("its processes are gone", () -> running("sleep 77004").isEmpty());
        assertThat(lastEvent().path("Error").asText()).contains("is not valid any more");
    }

    @Test
    void limitsAreKeptAndTheServersEndIsTheShells() throws IOException {
        try (TestServer tight = TestServer.start(
                settings -> settings.putObject("shells").put("per-app", 1).put("idle-seconds", 8))) {
            Installation there = Installation.on(tight);
            assertThat(there.tsuru()
                            .multipart("POST", "/1.0/platforms", null, "name", "generic")
                            .status())
                    .isEqualTo(200);
            there.create("narrow", "generic", WEB);
            Terminal idle = Terminal.open(tight.api(), tight.adminToken(), "narrow", "", CLIENT);
            idle.enter("echo up-$((1 + 1))", "up-2");
            try (Terminal second = Terminal.open(tight.api(), tight.adminToken(), "narrow", "", CLIENT)) {
                assertThat(second.awaitClose()).startsWith("1000");
                assertThat(second.shown())
                        .isEqualTo(
                                "Error: the app narrow has 1 shells open here already, and may have 1 (shells.per-app)\n");
            }
            assertThat(idle.awaitClose()).isEqualTo("1000 the shell was idle for 8 s, the limit");

            Terminal last = Terminal.open(tight.api(), tight.adminToken(), "narrow", "", CLIENT);
            last.enter("trap '' HUP; sleep 77005 & echo up-$((1 + 1))", "up-2");
            long began = System.nanoTime();
            assertThat(tight.terminate()).isIn(0, 143);
            assertThat(System.nanoTime() - began).as("nobody is waited for").isLessThan(14_000_000_000L);
            assertThat(last.awaitClose()).contains("the server is stopping");
            assertThat(running("sleep 77005")).isEmpty();

            tight.restart();
            Terminal lost = Terminal.open(tight.api(), tight.adminToken(), "narrow", "", CLIENT);
            lost.enter("trap '' HUP; nohup sleep 77006 >/dev/null 2>&1 & echo up-$((1 + 1))", "up-2");
            tight.kill();
            tight.restart();
            Eventually.is("what a killed server left is ended", () -> running("sleep 77006")
                    .isEmpty());
            Eventually.is("its event ends as well", () -> there.tsuru()
                    .get("/1.1/events?kindName=app.run.shell&limit=1")
                    .body()
                    .contains("the server that had the connection is gone"));
        }
    }
}
