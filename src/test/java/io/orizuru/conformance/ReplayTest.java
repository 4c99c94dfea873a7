package io.orizuru.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplayTest {
    private record Received(String method, String target, Map<String, List<String>> headers, String body) {
        String header(String name) {
            return headers.containsKey(name) ? headers.get(name).getFirst() : "";
        }
    }

    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final AtomicInteger countdown = new AtomicInteger(3);
    private final CountDownLatch released = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private final HttpServer server;
    private final ApiClient client;

    ReplayTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        client = new ApiClient(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    @BeforeEach
    void start() {
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void sendsFormsWithRepeatedFieldsAndVariables() throws Exception {
        replay("""
                {"method": "POST", "path": "/1.0/apps/${app}", "query": {"a b": ["1", "ü&"]},
                 "form": {"name": "${app}", "tag": ["x y", "z=~*"], "n": 3}}""");

        assertThat(received.getFirst().method).isEqualTo("POST");
        assertThat(received.getFirst().target).isEqualTo("/1.0/apps/hello?a+b=1&a+b=%C3%BC%26");
        assertThat(received.getFirst().header("Content-type")).isEqualTo("application/x-www-form-urlencoded");
        assertThat(received.getFirst().body).isEqualTo("name=hello&tag=x+y&tag=z%3D~%2A&n=3");
    }

    @Test
    void sendsJsonAndText() throws Exception {
        replay("""
                {"method": "PUT", "path": "/j", "json": {"${app}": ["${app}", 1, null, true]}}""", """
                {"method": "POST", "path": "/t", "text": "{${app}", "headers": {"Content-Type": "application/json"}}""");

        assertThat(received.get(0).header("Content-type")).isEqualTo("application/json");
        assertThat(Json.of(received.get(0).body)).isEqualTo(Json.of("{\"hello\": [\"hello\", 1, null, true]}"));
        assertThat(received.get(1).header("Content-type")).isEqualTo("application/json");
        assertThat(received.get(1).body).isEqualTo("{hello");
    }

    @Test
    void sendsMultipartWithFiles() throws Exception {
        replay("""
                {"method": "POST", "path": "/m", "multipart": {
                  "name": "${app}", "file": {"filename": "a.txt", "base64": "aGk=", "type": "text/x"},
                  "other": {"filename": "b", "text": "FROM ${app}"}}}""");

        String type = received.getFirst().header("Content-type");
        assertThat(type).startsWith("multipart/form-data; boundary=");
        String boundary = type.substring(type.indexOf('=') + 1);
        assertThat(received.getFirst().body).isEqualToNormalizingNewlines("""
                --B
                Content-Disposition: form-data; name="name"

                hello
                --B
                Content-Disposition: form-data; name="file"; filename="a.txt"
                Content-Type: text/x

                hi
                --B
                Content-Disposition: form-data; name="other"; filename="b"
                Content-Type: application/octet-stream

                FROM hello
                --B--
                """.replace("--B", "--" + boundary));
    }

    @Test
    void escapesPathsButKeepsWhatIsEscaped() throws Exception {
        replay("""
                {"method": "GET", "path": "/a b/c%20d/é?x"}""");

        assertThat(received.getFirst().target).isEqualTo("/a%20b/c%20d/%C3%A9%3Fx");
    }

    @Test
    void speaksForTheAdministratorUnlessToldOtherwise() throws Exception {
        List<Replay.Outcome> outcomes = run("""
                {"id": "1", "request": {"method": "GET", "path": "/token"},
                 "save": {"t": "token", "x": "header:X-Id", "none": "no.such"},
                 "recorded": {"status": 200, "headers": {}, "body": {"token": "${t}"}}},
                {"id": "2", "as": "t", "request": {"method": "GET", "path": "/${x}/${none}"},
                 "recorded": {"status": 200, "headers": {}, "body": ""}},
                {"id": "3", "as": "anonymous", "request": {"method": "GET", "path": "/x"},
                 "recorded": {"status": 200, "headers": {}, "body": ""}},
                {"id": "4", "as": "nobody", "request": {"method": "GET", "path": "/x"},
                 "recorded": {"status": 200, "headers": {}, "body": ""}}""");

        assertThat(received)
                .extracting(call -> call.header("Authorization"))
                .containsExactly("bearer root", "bearer s3cret", "");
        assertThat(received.get(1).target).isEqualTo("/id-7/$%7Bnone%7D");
        assertThat(outcomes).extracting(Replay.Outcome::passed).containsExactly(true, true, true, false);
        assertThat(outcomes.getLast().differences())
                .singleElement()
                .hasToString(
                        "$.status: expected 200, got 0 no answer: java.io.IOException: no token was saved as nobody");
    }

    @Test
    void pollsUntilTheConditionHolds() throws Exception {
        List<Replay.Outcome> outcomes = run("""
                {"id": "1", "request": {"method": "GET", "path": "/countdown"},
                 "poll": {"seconds": 30, "status": 200, "path": "[0].left", "equals": 0},
                 "recorded": {"status": 200, "headers": {}, "body": [{"left": 0}]}}""");

        assertThat(received).hasSize(4);
        assertThat(outcomes).extracting(Replay.Outcome::passed).containsExactly(true);
    }

    @Test
    void takesTheLastAnswerWhenTheConditionNeverHolds() throws Exception {
        List<Replay.Outcome> outcomes = run("""
                {"id": "1", "request": {"method": "GET", "path": "/x"},
                 "poll": {"seconds": 0.1, "status": 404},
                 "recorded": {"status": 404, "headers": {}, "body": ""}}""");

        assertThat(outcomes.getFirst().answer().status()).isEqualTo(200);
        assertThat(outcomes).extracting(Replay.Outcome::passed).containsExactly(false);
    }

    @Test
    void goesOnWhileAStepRunsInTheBackground() throws Exception {
        List<Replay.Outcome> outcomes = run("""
                {"id": "1", "request": {"method": "POST", "path": "/held"}, "background": true, "head_start": 0},
                {"id": "2", "request": {"method": "POST", "path": "/release"},
                 "recorded": {"status": 200, "headers": {}, "body": ""}},
                {"id": "3", "join": "1", "request": {},
                 "recorded": {"status": 201, "headers": {}, "body": "released"}}""");

        assertThat(outcomes).extracting(outcome -> outcome.step().id()).containsExactly("2", "3");
        assertThat(outcomes).allMatch(Replay.Outcome::passed);
    }

    @Test
    void failsAStepThatGetsNoAnswer() throws Exception {
        server.stop(0);

        assertThat(run("""
                {"id": "1", "request": {"method": "GET", "path": "/x"},
                 "recorded": {"status": 200, "headers": {}, "body": ""}}""").getFirst().differences()).singleElement().asString().contains("got 0 no answer: ");
    }

    @Test
    void readsStreamsAsListsOfMessages() throws Exception {
        List<Replay.Outcome> outcomes = run("""
                {"id": "1", "request": {"method": "GET", "path": "/stream"},
                 "recorded": {"status": 200, "headers": {"content-type": "application/x-json-stream"},
                              "body": [{"Message": "whatever"}, {"Error": "broken"}]}}""");

        assertThat(outcomes.getFirst().answer().body()).hasSize(2);
        assertThat(outcomes).allMatch(Replay.Outcome::passed);
    }

    @Test
    void logsIn() throws Exception {
        assertThat(client.login("admin@example.com", "a b")).isEqualTo("s3cret");
        assertThat(received.getFirst().target).isEqualTo("/1.0/auth/login");
        assertThat(received.getFirst().body).isEqualTo("email=admin%40example.com&password=a+b");
    }

    private void replay(String... requests) throws Exception {
        for (String request : requests) {
            var _ = run("""
                    {"id": "1", "request": %s, "recorded": {"status": 200, "headers": {}, "body": ""}}""".formatted(request));
        }
    }

    private List<Replay.Outcome> run(String steps) throws Exception {
        Scenario scenario = Json.MAPPER.readValue("""
                {"name": "n", "about": "", "reference": "", "variables": {"app": "weaker", "admin_token": "weaker"},
                 "steps": [%s]}""".formatted(steps), Scenario.class);
        return new Replay(client, Variables.of(Map.of("admin_token", "root", "app", "hello"))).run(scenario);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            received.add(new Received(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body));
            exchange.getResponseHeaders().set("X-Id", "id-7");
            switch (exchange.getRequestURI().getPath()) {
                case "/token", "/1.0/auth/login" -> reply(exchange, 200, "{\"token\": \"s3cret\"}\n");
                case "/countdown" -> reply(exchange, 200, "[{\"left\": " + countdown.getAndDecrement() + "}]");
                case "/stream" -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/x-json-stream");
                    reply(exchange, 200, "{\"Message\": \"a\"}\n\n{\"Message\": \"\", \"Error\": \"broken\"}\n");
                }
                case "/held" -> reply(exchange, 201, released.await(30, TimeUnit.SECONDS) ? "released" : "held");
                case "/release" -> {
                    released.countDown();
                    reply(exchange, 200, "");
                }
                default -> reply(exchange, 200, "");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] content = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, content.length == 0 ? -1 : content.length);
        exchange.getResponseBody().write(content);
    }
}
