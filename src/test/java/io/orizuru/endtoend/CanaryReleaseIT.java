package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Versions of one app share its requests by weights that people set, and by those that a canary raises: it wins when it does as
 * well as the version before, else it is withdrawn, and that one never fails a request meanwhile.
 */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class CanaryReleaseIT {
    private static final String APP = "mine";
    private static final String PATH = "/1.0/apps/" + APP;

    /** Answers with its name; fails some of ten requests, and takes its time. */
    private static final String APPLICATION = """
            import http.server, itertools, os, time
            turns = itertools.count()
            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    time.sleep(SECONDS)
                    failed = next(turns) % 10 < FAILED
                    body = b"broken NAME" if failed else b"NAME"
                    self.send_response(500 if failed else 200)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                def log_message(self, *args):
                    pass
            class Server(http.server.ThreadingHTTPServer):
                request_queue_size = 100
            Server(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
            """;

    private final Installation here;
    private final Tsuru tsuru;
    private final Visitor visitor;

    CanaryReleaseIT(TestServer server) {
        here = Installation.on(server, List.of("python"));
        tsuru = here.tsuru();
        visitor = here.visitor(APP);
    }

    @BeforeAll
    void deploy() {
        here.create(APP, "python", source("one", 0, "0"));
    }

    private static Source source(String name, int failed, String seconds) {
        return new Source(Map.of(
                "Procfile",
                "web: python app.py\n",
                "app.py",
                APPLICATION
                        .replace("SECONDS", seconds)
                        .replace("FAILED", Integer.toString(failed))
                        .replace("NAME", name),
                "requirements.txt",
                ""));
    }

    private void deployBeside(Source source) {
        Reply deployed = tsuru.multipart(
                "POST", PATH + "/deploy", source.archive(), "origin", "app-deploy", "new-version", "true");
        assertThat(deployed.body()).endsWith("\nOK\n");
    }

    private CompletableFuture<Reply> begin(String json) {
        return tsuru.start(
                "POST",
                PATH + "/canary",
                "application/json",
                json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private Reply weigh(String json) {
        return Tsuru.await(tsuru.start(
                "PUT",
                PATH + "/weights",
                "application/json",
                json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    private Map<String, Integer> asked(int times) throws IOException {
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < times; i++) {
            counts.merge(visitor.look("/").body(), 1, Integer::sum);
        }
        return counts;
    }

    /** The versions that run, and their weights. */
    private String weights() {
        StringBuilder shown = new StringBuilder();
        for (JsonNode each : tsuru.get(PATH + "/weights").json()) {
            shown.append('v')
                    .append(each.path("version").asInt())
                    .append(each.path("routable").asBoolean() ? "" : " not routable")
                    .append(each.path("weight").isNull() ? "" : " " + each.path("weight") + " %")
                    .append("; ");
        }
        return shown.toString();
    }

    private void refused(Reply reply, String why) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.body()).contains(why);
    }

    @AfterAll
    void allIsSound() {
        here.assertSound();
    }

    @Test
    @Order(1)
    void versionsShareRequestsAsTheirWeightsSay() throws IOException {
        deployBeside(source("two", 0, "0"));
        assertThat(weights()).isEqualTo("v1; v2 not routable; ");
        refused(
                weigh("{'weights': [{'version': 1, 'weight': 95}, {'version': 2, 'weight': 6}]}"),
                "sum up to 101 percent");
        refused(
                weigh("{'weights': [{'version': 2, 'weight': 100}]}"),
                "version 1 gets requests as well: give it a weight");
        refused(
                weigh("{'weights': [{'version': 1, 'weight': 0}, {'version': 9, 'weight': 100}]}"),
                "version not found: 9");
        refused(weigh("{'weights': [{'version': 1, 'weight': 101}]}"), "must be between 0 and 100 percent");
        refused(weigh("{'weights': [{'version': 1}]}"), "each needs a version and a weight");
        refused(Tsuru.await(begin("{}")), "version: the number");
        refused(Tsuru.await(begin("{'version': 2, 'steps': [50, 25]}")), "each higher than the one before");
        refused(Tsuru.await(begin("{'version': 9}")), "version not found: 9 does not run");
        refused(Tsuru.await(begin("{'version': 1}")), "version 1 gets requests already");
        assertThat(Tsuru.await(begin("{'version': 2, 'dry': true}")).body())
                .contains(
                        "\"name\":\"v2\",\"before\":{\"routable\":false,\"weight\":null},\"after\":{\"routable\":true,\"weight\":5}");

        assertThat(weigh("{'weights': [{'version': 1, 'weight': 75}, {'version': 2, 'weight': 25}]}")
                        .error())
                .isEmpty();
        assertThat(weights()).isEqualTo("v1 75 %; v2 25 %; ");
        assertThat(here.info(APP).path("weights")).hasToString("{\"1\":75,\"2\":25}");
        assertThat(asked(40)).containsOnly(Map.entry("one", 30), Map.entry("two", 10));
        int shared = here.info(APP).path("release").asInt();

        Reply preview = weigh("{'weights': [], 'dry': true}");
        assertThat(preview.json().path("changes").path("routes").toString())
                .contains("\"name\":\"v1\",\"before\":{\"routable\":true,\"weight\":75}");
        assertThat(weigh("{'weights': []}").error()).isEmpty();
        assertThat(weights()).isEqualTo("v1; v2; ");
        assertThat(asked(10)).containsOnly(Map.entry("one", 5), Map.entry("two", 5));

        Reply back = tsuru.post(PATH + "/deploy/rollback", "release", Integer.toString(shared));
        assertThat(back.error()).as(back.body()).isEmpty();
        assertThat(weights()).isEqualTo("v1 75 %; v2 25 %; ");
        assertThat(asked(20)).containsOnly(Map.entry("one", 15), Map.entry("two", 5));

        String routable = "/1.8/apps/" + APP + "/routable";
        assertThat(tsuru.post(routable, "version", "2", "isRoutable", "false").status())
                .isEqualTo(200);
        assertThat(weights()).isEqualTo("v1; v2 not routable; ");
    }

    @Test
    @Order(2)
    void aVersionThatIsCancelledGetsNoRequestsAnyMore() throws IOException {
        CompletableFuture<Reply> canary = begin("{'version': 2, 'steps': [50], 'interval': 600}");
        Eventually.holds(() -> assertThat(weights()).isEqualTo("v1 50 %; v2 50 %; "));
        JsonNode event = tsuru.get("/1.1/events?running=true&target.type=app&target.value=" + APP)
                .json()
                .path(0);
        assertThat(event.path("Cancelable").asBoolean()).isTrue();
        // The lock tells why nothing else can be done.
        assertThat(tsuru.post(PATH + "/restart").status()).isEqualTo(409);
        Reply cancelled =
                tsuru.post("/1.1/events/" + event.path("UniqueID").asText() + "/cancel", "reason", "not today");
        assertThat(cancelled.status()).as(cancelled.body()).isIn(200, 204);

        assertThat(Tsuru.await(canary).error()).contains("cancel");
        assertThat(weights()).isEqualTo("v1; v2 not routable; ");
        assertThat(asked(10)).containsOnlyKeys("one");
    }

    @Test
    @Order(3)
    void aGoodVersionWinsStepByStepAndNobodyNoticesMore() throws IOException {
        assertThat(tsuru.put(PATH + "/units", "units", "1", "process", "web", "version", "1")
                        .error())
                .isEmpty();
        Reply won;
        try (Visits visits = Visits.of(visitor)) {
            won = Tsuru.await(begin("{'version': 2, 'steps': [20, 60, 100], 'interval': 2, 'minimumRequests': 20,"
                    + " 'latencyFactor': 20, 'patience': 60}"));
            assertThat(visits.failed()).isEmpty();
        }
        assertThat(won.error()).as(won.body()).isEmpty();
        assertThat(won.messages())
                .contains(
                        "Step 1 of 3: version 2 gets 20 % of the requests",
                        "Step 3 of 3: version 2 gets 100 % of the requests", " ---> Good. Version 2: ");
        assertThat(weights()).isEqualTo("v2; ");
        // As many units as the old version had.
        assertThat(here.units(APP)).hasSize(2);
        assertThat(asked(10)).containsOnlyKeys("two");
        String releases = tsuru.get(PATH + "/releases?limit=3").body();
        assertThat(releases).doesNotContain("\"healthyAt\":null").contains("\"withdrawn\":null", "\"weight\":60");
    }

    @Test
    @Order(4)
    void aVersionThatFailsRequestsIsWithdrawn() throws IOException {
        deployBeside(source("three", 3, "0"));
        Reply withdrawn =
                withdrawn("{'version': 3, 'steps': [20, 50], 'interval': 30, 'minimumRequests': 20}", "three");

        assertThat(withdrawn.error())
                .startsWith("withdrawn at 20 %: version 3 failed ")
                .contains("2 times as many, or 1 %");
        assertThat(weights()).isEqualTo("v2; v3 not routable; ");
        assertThat(asked(10)).containsOnlyKeys("two");
        assertThat(tsuru.get(PATH + "/releases?limit=1").body()).contains("\"withdrawn\":\"withdrawn at 20 %");
    }

    @Test
    @Order(5)
    void aVersionThatIsSlowIsWithdrawn() throws IOException {
        deployBeside(source("four", 0, "0.4"));
        Reply withdrawn = withdrawn(
                "{'version': 4, 'steps': [50], 'interval': 2, 'minimumRequests': 10, 'patience': 60}", "four");

        assertThat(withdrawn.error())
                .startsWith("withdrawn at 50 %: version 4 took ")
                .contains("1.5 times as long");
        assertThat(asked(10)).containsOnlyKeys("two");
    }

    @Test
    @Order(6)
    void aVersionThatNobodyAsksIsWithdrawnWithThat() {
        Reply withdrawn = Tsuru.await(begin("{'version': 3, 'steps': [50], 'interval': 1, 'patience': 2}"));

        assertThat(withdrawn.messages()).contains("Waits for more requests, 2 s at most");
        assertThat(withdrawn.error()).contains("too few requests to judge by in 2 s: version 3 got 0, the old one 0");
        assertThat(weights()).isEqualTo("v2; v3 not routable; v4 not routable; ");
    }

    /** Tries a version of which only its own requests may fail. */
    private Reply withdrawn(String json, String name) {
        Reply reply;
        try (Visits visits = Visits.of(visitor)) {
            reply = Tsuru.await(begin(json));
            assertThat(visits.failed()).allMatch(failure -> failure.equals("500 broken " + name));
        }
        return reply;
    }
}
