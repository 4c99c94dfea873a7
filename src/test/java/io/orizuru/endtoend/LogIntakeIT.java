package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Lines that agents bring over a WebSocket. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class LogIntakeIT {
    private static final String PATH = "/1.0/logs";
    private static final String CLIENT = "ws://localhost";

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;
    private final String token;

    LogIntakeIT(TestServer server) {
        this.server = server;
        here = Installation.on(server, List.of());
        tsuru = here.tsuru();
        token = server.run("agents-token").output().strip();
        for (String app : List.of("first", "second", "broken")) {
            assertThat(tsuru.post("/1.0/apps", "name", app, "pool", Installation.POOL, "teamOwner", Installation.TEAM)
                            .status())
                    .isEqualTo(201);
        }
    }

    private Terminal agent() {
        return Terminal.at(server.api(), PATH, token, CLIENT);
    }

    private static String line(String app, String message) {
        return "{\"Date\":\"2026-01-02T03:04:05Z\",\"Message\":\"" + message + "\",\"Source\":\"web\",\"AppName\":\""
                + app + "\",\"Unit\":\"unit-1\"}\n";
    }

    private List<String> log(String app, String query) {
        return tsuru.get("/1.0/apps/" + app + "/log?lines=100" + query).json().findValuesAsText("Message");
    }

    @Test
    void linesOfAnyAppsAreKeptHoweverTheyAreCut() {
        assertThat(server.run("agents-token").output().strip()).as("it stays").isEqualTo(token);
        try (Terminal agent = agent()) {
            String cut = line("first", "cut ü in pieces");
            agent.type(line("first", "alone"));
            agent.type(line("second", "together") + line("absent", "nobody's") + cut.substring(0, 60));
            agent.type(cut.substring(60));
            Eventually.holds(() -> assertThat(log("first", "")).containsExactly("alone", "cut ü in pieces"));
            assertThat(log("first", "&source=web&unit=unit-1")).hasSize(2);
            assertThat(log("first", "&source=web&invert-source=true")).isEmpty();
            assertThat(tsuru.get("/1.0/apps/first/log?lines=1")
                            .json()
                            .path(0)
                            .path("Date")
                            .asText())
                    .isEqualTo("2026-01-02T03:04:05Z");
            Eventually.holds(() -> assertThat(log("second", "")).containsExactly("together"));
        }
        create("absent");
        assertThat(log("absent", "")).as("nobody reads what came before").isEmpty();
    }

    private void create(String app) {
        assertThat(tsuru.post("/1.0/apps", "name", app, "pool", Installation.POOL, "teamOwner", Installation.TEAM)
                        .status())
                .isEqualTo(201);
    }

    @Test
    void aNewAppHasNoLinesOfAnOldOne() {
        try (Rows rows = Rows.of(server)) {
            rows.change("insert into log_line (app, at, source, unit, message)"
                    + " values ('again', now(), 'web', '', 'came when the app was removed already')");
        }
        create("again");
        assertThat(log("again", "")).isEmpty();
    }

    @Test
    void whatIsNoLineEndsTheSocketAndWhatCameBeforeIsKept() {
        try (Terminal agent = agent()) {
            agent.type(line("broken", "before") + "{\"AppName\":\"broken\",\"Date\":\"soon\"}");
            agent.await("Error: line 2: the Date \"soon\" is no time as of RFC 3339");
            assertThat(agent.awaitClose()).startsWith("1000 line 2:");
        }
        Eventually.holds(() -> assertThat(log("broken", "")).containsExactly("before"));
    }

    @Test
    void itIsForAgentsOnly() {
        try (Terminal people = Terminal.at(server.api(), PATH, server.adminToken(), CLIENT)) {
            people.await("Error: this token is not allowed to execute this action");
            assertThat(people.awaitClose()).startsWith("1000");
        }
        try (Terminal nobody = Terminal.at(server.api(), PATH, null, CLIENT)) {
            nobody.await("Error: ");
            assertThat(nobody.awaitClose()).startsWith("1000");
        }
        Reply noSocket = tsuru.as(token).get(PATH);
        assertThat(noSocket.status()).isEqualTo(400);
        assertThat(noSocket.body()).contains("asks for no WebSocket");
    }

    @Test
    void anAgentIsSentAwayWithItsTokenAndWithTheServer() {
        try (TestServer other = TestServer.start()) {
            String first = other.run("agents-token").output().strip();
            Terminal agent = Terminal.at(other.api(), PATH, first, CLIENT);
            try (Rows rows = Rows.of(other)) {
                rows.change("delete from internal_token");
            }
            agent.await("Error: the token is not valid any more");
            assertThat(agent.awaitClose()).startsWith("1000 the token");

            String second = other.run("agents-token").output().strip();
            assertThat(second).isNotEqualTo(first);
            Terminal last = Terminal.at(other.api(), PATH, second, CLIENT);
            assertThat(other.terminate()).isIn(0, 143);
            assertThat(last.awaitClose()).contains("the server is stopping");

            TestServer.Said stopped = other.run("agents-token");
            assertThat(stopped.output()).contains("no server runs with the data directory");
            assertThat(stopped.code()).isEqualTo(1);
        }
    }
}
