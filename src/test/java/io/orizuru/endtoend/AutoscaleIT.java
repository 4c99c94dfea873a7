package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** An app that burns processor time gets units, loses them again when it is calm, and belongs to people when its rule is gone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
@SuppressWarnings("NullAway.Init") // Set before all tests.
class AutoscaleIT {
    private static final String APP = "stove";
    private static final String RULES = "/1.9/apps/" + APP + "/units/autoscale";
    private static final Duration LONG = Duration.ofSeconds(90);

    /** Burns for as long as somebody asks it to, and answers meanwhile. */
    private static final String STOVE = """
            import http.server, os, threading, time
            def burn(seconds):
                end = time.time() + seconds
                while time.time() < end:
                    pass
            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    if self.path.startswith("/burn/"):
                        seconds = int(self.path.rsplit("/", 1)[1])
                        threading.Thread(target=burn, args=[seconds], daemon=True).start()
                    self.send_response(200)
                    self.send_header("Content-Length", "3")
                    self.end_headers()
                    self.wfile.write(b"ok\\n")
            http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
            """;

    private TestServer server;
    private Installation here;
    private Tsuru tsuru;

    @BeforeAll
    void start() {
        server = TestServer.start(settings -> settings.putObject("autoscale").put("interval-seconds", 1));
        here = Installation.on(server);
        tsuru = here.tsuru();
        here.create(APP, "python");
    }

    @AfterAll
    void stop() {
        try {
            here.assertSound();
        } finally {
            server.close();
        }
    }

    private static Source stove() {
        return new Source(Map.of("Procfile", "web: python app.py\n", "app.py", STOVE, "requirements.txt", ""));
    }

    private void refused(Reply reply, String why) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.body()).isEqualTo(why + "\n");
    }

    private void set(String rule) {
        Reply set = tsuru.postJson(RULES, rule.replace('\'', '"'));
        assertThat(set.status()).as(set.body()).isEqualTo(200);
        assertThat(set.body()).isEmpty();
    }

    private List<String> changes() {
        List<String> changes = new ArrayList<>();
        for (JsonNode event : tsuru.get("/1.1/events?target.type=app&target.value=" + APP + "&limit=100")
                .json()) {
            if (event.path("Kind").path("Name").asText().equals("app.autoscale")) {
                assertThat(event.path("Error").asText()).isEmpty();
                changes.addFirst(event.path("Log").asText());
            }
        }
        return changes;
    }

    @Test
    void unitsFollowTheLoadBetweenTheBoundsOfTheRule() throws IOException {
        String good = "{'process': 'web', 'minUnits': 1, 'maxUnits': 3, 'averageCPU': '20%',"
                + " 'behavior': {'scaleDown': {'stabilizationWindow': 2}}}";
        assertThat(tsuru.get(RULES).body()).isEqualTo("[]");
        refused(
                tsuru.postJson(RULES, good.replace('\'', '"')),
                "no routable version found for app, at least one deploy is required before configuring autoscale");
        here.deploy(APP, stove());
        refused(
                tsuru.postJson(RULES, good.replace('\'', '"').replace("web", "worker")),
                "process error: no command declared in Procfile for process \"worker\"");
        refused(
                tsuru.postJson(RULES, "{"),
                "unable to parse autoscale spec: unable to parse as json: \"{\" - unexpected end of JSON input");
        set(good);
        assertThat(tsuru.get(RULES).body())
                .isEqualTo("[{\"process\":\"web\",\"minUnits\":1,\"maxUnits\":3,\"averageCPU\":\"20m\",\"version\":1,"
                        + "\"behavior\":{\"scaleDown\":{\"stabilizationWindow\":2}}}]");
        assertThat(here.info(APP).path("autoscale")).isEqualTo(tsuru.get(RULES).json());

        refused(
                tsuru.put("/1.0/apps/" + APP + "/units", "units", "1"),
                "cannot add units to an app with autoscaler configured, please update autoscale settings");
        refused(
                tsuru.delete("/1.0/apps/" + APP + "/units?units=1&process=web"),
                "cannot remove units from an app with autoscaler configured, please update autoscale settings");

        assertThat(here.visitor(APP).look("/burn/12").status()).isEqualTo(200);
        Eventually.holds(LONG, () -> assertThat(here.units(APP)).hasSize(3));
        assertThat(changes().getFirst()).contains("1 to ", "units of process \"web\", version 1", "20m is the target");
        Eventually.holds(LONG, () -> assertThat(here.units(APP)).hasSize(1));
        assertThat(changes().getLast()).contains(" to 1 units", "fewer have been enough for a while");

        // Stopped is stopped; what is started again is looked after again.
        assertThat(tsuru.post("/1.0/apps/" + APP + "/stop").error()).isEmpty();
        set(good.replace("'minUnits': 1", "'minUnits': 2"));
        assertThat(tsuru.post("/1.0/apps/" + APP + "/start").error()).isEmpty();
        Eventually.holds(LONG, () -> assertThat(here.units(APP)).hasSize(2));
        assertThat(changes().getLast()).contains("1 to 2 units", "there are 2 at least now");

        here.deploy(APP, stove());
        assertThat(tsuru.get(RULES).json().path(0).path("version").asInt()).isEqualTo(2);
        refused(
                tsuru.post("/1.29/apps/" + APP + "/units/autoscale/swap", "version", "9"),
                "could not swap the autoscale, make sure the version provided is currently deployed");
        refused(tsuru.post("/1.29/apps/" + APP + "/units/autoscale/swap"), "version is required to swap autoscale");
        assertThat(tsuru.post("/1.29/apps/" + APP + "/units/autoscale/swap", "version", "2")
                        .status())
                .isEqualTo(200);

        assertThat(tsuru.delete(RULES + "?process=web").status()).isEqualTo(200);
        assertThat(tsuru.get(RULES).body()).isEqualTo("[]");
        Reply removed = tsuru.delete("/1.0/apps/" + APP + "/units?units=1&process=web");
        assertThat(removed.error()).as(removed.body()).isEmpty();
        assertThat(here.units(APP)).hasSize(1);
    }
}
