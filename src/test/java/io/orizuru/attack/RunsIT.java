package io.orizuru.attack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.endtoend.Source;
import io.orizuru.testing.TestServer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Operations that hang or compute without end are the trouble of the team that began them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(150)
class RunsIT {
    private static final String BOUNDARY = "orizuru-attack";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final TestServer server;

    RunsIT() {
        // One slot a team.
        server = TestServer.start(
                settings -> settings.putObject("operations").put("at-once", 4).put("waiting-per-team", 1));
        assertThat(json("/1.0/teams", "{\"name\": \"slow\"}").statusCode()).isEqualTo(201);
        assertThat(json("/1.0/teams", "{\"name\": \"quick\"}").statusCode()).isEqualTo(201);
        assertThat(json("/1.0/pools", "{\"name\": \"here\", \"public\": true, \"provisioner\": \"process\"}")
                        .statusCode())
                .isEqualTo(201);
        Map<String, byte[]> platform = new LinkedHashMap<>();
        platform.put("name\"", "generic".getBytes(UTF_8));
        HttpResponse<String> added = await(multipart("/1.0/platforms", platform));
        assertThat(added.statusCode()).as(added.body()).isEqualTo(200);
    }

    @AfterAll
    void close() {
        server.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.api() + path))
                .timeout(Duration.ofMinutes(2))
                .header("Authorization", "bearer " + server.adminToken());
    }

    private HttpResponse<String> json(String path, String body) {
        return await(http.sendAsync(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString()));
    }

    private HttpResponse<String> get(String path) {
        return await(http.sendAsync(request(path).build(), BodyHandlers.ofString()));
    }

    private static HttpResponse<String> await(CompletableFuture<HttpResponse<String>> answer) {
        return answer.orTimeout(2, TimeUnit.MINUTES).join();
    }

    /** @param parts by what stands behind {@code name="} */
    private CompletableFuture<HttpResponse<String>> multipart(String path, Map<String, byte[]> parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        parts.forEach((name, content) -> {
            body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\r\n\r\n")
                    .getBytes(UTF_8));
            body.writeBytes(content);
            body.writeBytes("\r\n".getBytes(UTF_8));
        });
        body.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(UTF_8));
        return http.sendAsync(
                request(path)
                        .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                        .POST(BodyPublishers.ofByteArray(body.toByteArray()))
                        .build(),
                BodyHandlers.ofString());
    }

    private void create(String app, String team) {
        HttpResponse<String> made = await(http.sendAsync(
                request("/1.0/apps")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(
                                "name=" + app + "&platform=generic&pool=here&teamOwner=" + team + "&description="))
                        .build(),
                BodyHandlers.ofString()));
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    }

    private CompletableFuture<HttpResponse<String>> deploy(String app, String answer, String manifest) {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        parts.put("origin\"", "app-deploy".getBytes(UTF_8));
        parts.put(
                "file\"; filename=\"archive.tar.gz\"",
                Source.archive(Map.of(
                        "Procfile", "web: python3 app.py\n", "app.py", """
                import http.server, os, time
                class Page(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        self.send_response(200)
                        self.end_headers()
                        %s
                    def log_message(self, *args):
                        pass
                http.server.ThreadingHTTPServer(("", int(os.environ["PORT"])), Page).serve_forever()
                """.formatted(answer), "tsuru.yaml", manifest)));
        return multipart("/1.0/apps/" + app + "/deploy", parts);
    }

    private static final String WORKS = "self.wfile.write(b'it works')";
    private static final String ENDLESS = """
            while True:
                            self.wfile.write(b'x')
                            self.wfile.flush()
                            time.sleep(1)""";

    /** Waits until an event's log tells something. */
    private void awaitLog(String event, String text) throws Exception {
        for (int i = 0; !get("/1.1/events/" + event).body().contains(text); i++) {
            assertThat(i).as("the event does not tell: " + text).isLessThan(300);
            Thread.sleep(100);
        }
    }

    /** The event that runs on an app, once there is one. */
    private String event(String app) throws Exception {
        for (int i = 0; i < 300; i++) {
            HttpResponse<String> found = get("/1.1/events?running=true&target.type=app&target.value=" + app);
            if (found.statusCode() == 200 && !found.body().isBlank()) {
                for (JsonNode event : JSON.readTree(found.body())) {
                    return event.path("UniqueID").asText(event.path("ID").asText());
                }
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException("nothing runs on " + app);
    }

    private HttpResponse<String> cancel(String event) {
        return await(http.sendAsync(
                request("/1.1/events/" + event + "/cancel")
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString("reason=enough"))
                        .build(),
                BodyHandlers.ofString()));
    }

    @Test
    void anEvilExpressionOnALargeAnswerTakesNobodysProcessor() {
        create("evil", "slow");
        CompletableFuture<HttpResponse<String>> deploy = deploy(
                "evil",
                "self.wfile.write(b'a' * 1048576)",
                "healthcheck: {path: /, match: '.*.*.*.*.*.*x', deploy_timeout_seconds: 8}\n");
        int answered = 0;
        while (!deploy.isDone()) {
            HttpResponse<String> health = http.sendAsync(request("/healthcheck").build(), BodyHandlers.ofString())
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
            assertThat(health.statusCode()).isEqualTo(200);
            answered++;
        }
        assertThat(answered).isPositive();
        assertThat(await(deploy).body())
                .contains("did not become healthy", "match")
                .doesNotEndWith("\nOK\n");
    }

    @Test
    void anExpressionThatCannotBeMatchedInBoundedTimeIsRefusedByTheDeploy() {
        create("peeking", "slow");
        assertThat(await(deploy("peeking", WORKS, "healthcheck: {path: /, match: '(?=it)it works'}\n"))
                        .body())
                .contains("tsuru.yaml:1: expected a regular expression for healthcheck.match", "a lookahead", "RE2");
    }

    @Test
    void aTeamsAnswersThatNeverEndHoldUpThatTeamOnlyAndCanBeCancelled() throws Exception {
        create("endless", "slow");
        create("behind", "slow");
        create("refused", "slow");
        create("free", "quick");
        CompletableFuture<HttpResponse<String>> endless = deploy("endless", ENDLESS, "healthcheck: {path: /}\n");
        String running = event("endless");
        CompletableFuture<HttpResponse<String>> behind = deploy("behind", WORKS, "");
        String waiting = event("behind");
        awaitLog(waiting, "Waits for its turn");

        assertThat(await(deploy("free", WORKS, "healthcheck: {path: /, match: works}\n"))
                        .body())
                .endsWith("\nOK\n");
        HttpResponse<String> refused = await(deploy("refused", WORKS, ""));
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
        assertThat(refused.body()).contains("the team slow has 1 operations under way and 1 that wait");
        assertThat(endless).isNotDone();

        assertThat(cancel(waiting).statusCode()).isEqualTo(204);
        assertThat(behind.orTimeout(10, TimeUnit.SECONDS).join().body())
                .contains("Waits for its turn: the team slow has 1 operations under way", "canceled by user action");
        assertThat(endless).isNotDone();
        assertThat(cancel(running).statusCode()).isEqualTo(204);
        assertThat(endless.orTimeout(20, TimeUnit.SECONDS).join().body()).contains("canceled by user action");
        assertThat(await(deploy("behind", WORKS, "")).body()).endsWith("\nOK\n");
    }

    @Test
    void anAnswerThatNeverEndsEndsWithTheTimeOfTheDeploy() {
        create("late", "quick");
        assertThat(await(deploy("late", ENDLESS, "healthcheck: {path: /, deploy_timeout_seconds: 3}\n"))
                        .body())
                .contains("did not become healthy", "did not come within");
    }
}
