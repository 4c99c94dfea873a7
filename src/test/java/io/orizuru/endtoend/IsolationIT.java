package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a curious app finds out about its server and its neighbours: nothing. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(named = "user.name", matches = "root")
@Timeout(180)
class IsolationIT {
    private static final String SPY = """
            import glob, http.server, os, socket, struct

            found = []

            def attempt(name, work):
                try:
                    found.append(name + ' ' + str(work()))
                except Exception as e:
                    found.append(name + ' ' + type(e).__name__)

            def readable(path):
                return len(open(path, 'rb').read()) > 0

            def environments():
                secrets = 0
                for path in glob.glob('/proc/[0-9]*/environ'):
                    try:
                        secrets += b'of-the-neighbour' in open(path, 'rb').read()
                    except OSError:
                        pass
                return secrets

            def database(user):
                wire = socket.create_connection(('127.0.0.1', int(os.environ['DATABASE_PORT'])), 5)
                text = ('user\\0%s\\0database\\0orizuru\\0\\0' % user).encode()
                wire.sendall(struct.pack('!ii', len(text) + 8, 196608) + text)
                head = wire.recv(9)
                return head[:1].decode() + str(struct.unpack('!i', head[5:9])[0])

            for place in os.environ['PLACES'].split(':'):
                attempt('read ' + place, lambda: readable(place))
            attempt('environments', environments)
            attempt('processes', lambda: len(glob.glob('/proc/[0-9]*')) < 10)
            for user in ('orizuru', 'postgres'):
                attempt('database ' + user, lambda: database(user))
            attempt('user', lambda: os.getuid())
            attempt('root', lambda: os.setuid(0))

            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    text = '\\n'.join(found).encode()
                    self.send_response(200)
                    self.send_header('Content-Length', str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Page).serve_forever()
            """;

    private static final Source PYTHON = new Source(Map.of("Procfile", "web: python3 app.py\n")).with("app.py", SPY);

    private final Installation here;
    private final Tsuru tsuru;
    private final TestServer server;

    IsolationIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
    }

    @BeforeAll
    void plainAppsCanBeMade() {
        assertThat(tsuru.multipart("POST", "/1.0/platforms", null, "name", "generic")
                        .status())
                .isEqualTo(200);
    }

    private void set(String app, String name, String value) {
        Reply reply = tsuru.post("/1.0/apps/" + app + "/env", "Envs.0.Name", name, "Envs.0.Value", value);
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    }

    @Test
    void anAppSeesNeitherItsNeighboursNorTheServer() throws IOException {
        here.create("neighbour", "generic");
        set("neighbour", "TOKEN", "secret-of-the-neighbour");
        here.deploy(
                "neighbour",
                new Source(Map.of("Procfile", "web: python3 -m http.server --bind 127.0.0.1 $PORT\n", "page", "x")));
        Path data = server.data();
        Set<Path> places = Set.of(
                data.resolve("key.json"),
                data.resolve("postgres/password"),
                data.resolve("postgres/port"),
                data.resolveSibling("settings.yaml"),
                data.resolve("units/apps/neighbour/builds/v1/page"),
                data.resolve("postgres"),
                Path.of("/etc/shadow"));
        here.create("spy", "generic");
        set("spy", "PLACES", places.stream().map(Path::toString).collect(Collectors.joining(":")));
        set(
                "spy",
                "DATABASE_PORT",
                Files.readString(data.resolve("postgres/port")).strip());
        here.deploy("spy", PYTHON);
        String[] found = here.visitor("spy").page().split("\n");
        assertThat(Arrays.stream(found).filter(line -> line.startsWith("read ")))
                .hasSize(places.size())
                .allMatch(line -> line.endsWith(" FileNotFoundError") || line.endsWith("/shadow PermissionError"));
        // On its own loopback nobody listens.
        assertThat(found)
                .contains(
                        "environments 0",
                        "processes True",
                        "database orizuru ConnectionRefusedError",
                        "database postgres ConnectionRefusedError")
                .contains("root PermissionError");
        assertThat(found).anyMatch(line -> line.matches("user 2\\d{5}"));
        assertThat(here.info("spy").path("unitsMetrics").findValuesAsText("ID"))
                .containsExactlyElementsOf(here.units("spy"));
    }

    @Test
    void anAppThatTakesMoreMemoryThanItsPlanIsToldSo() {
        here.create("greedy", "generic");
        long limit = here.info("greedy").path("plan").path("memory").asLong() >> 20;
        String reason = "killed: out of memory, limit " + limit + " MiB";
        Reply deployed = tsuru.deploy(
                "greedy",
                new Source(Map.of("Procfile", "web: exec python3 -c 'print(\"hungry\"); x = bytearray(1 << 31)'\n"))
                        .archive());
        assertThat(deployed.body()).contains("is not healthy: " + reason, "hungry", "orizuru: " + reason);
        JsonNode event =
                tsuru.get("/1.1/events/" + deployed.header("X-Tsuru-Eventid")).json();
        assertThat(event.path("Error").asText()).contains(reason);
        Eventually.holds(() ->
                assertThat(tsuru.get("/1.0/apps/greedy/log?lines=50").body()).contains("orizuru: " + reason));
    }

    @Test
    void whatIsMissingIsToldByHealthAndMetrics() {
        assertThat(tsuru.get("/healthcheck?check=all").body()).contains("isolation: WORKING");
        assertThat(tsuru.get("/metrics").body())
                .contains(
                        "orizuru_isolation_present{part=\"bubblewrap\",} 1.0",
                        "orizuru_isolation_present{part=\"limits of memory\",} 1.0");
    }

    @Test
    void everyAppHasAUserNumberOfItsOwn() {
        here.create("one", "generic");
        here.create("two", "generic");
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column("select unix_user from app where name in ('one', 'two')"))
                    .doesNotHaveDuplicates()
                    .allMatch(number -> Integer.parseInt(number) >= 200_000 && Integer.parseInt(number) <= 265_535);
        }
    }
}
