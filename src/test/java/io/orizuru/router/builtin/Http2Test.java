package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class Http2Test {
    private Vertx vertx;
    private TestRouter router;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        router = new TestRouter();
    }

    @AfterEach
    void close() throws Exception {
        router.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private HttpClient priorKnowledge() {
        return vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    }

    private record Answer(HttpClientResponse head, Buffer body, MultiMap trailers) {}

    private Future<Answer> send(HttpClient client, HttpMethod method, String path, Buffer body) {
        return client.request(new RequestOptions()
                        .setHost("127.0.0.1")
                        .setPort(router.port)
                        .setMethod(method)
                        .setURI(path))
                .compose(request -> {
                    if (body.length() == 0) {
                        return request.send();
                    }
                    request.setChunked(true);
                    return request.send(body);
                })
                .compose(response -> response.body().map(bytes -> new Answer(response, bytes, response.trailers())))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private Answer get(HttpClient client, String path) throws Exception {
        return send(client, HttpMethod.GET, path, Buffer.buffer()).get(20, TimeUnit.SECONDS);
    }

    @Test
    void a_client_that_knows_is_served_at_once() throws Exception {
        try (TestBackend hello = new TestBackend(
                "u",
                call -> call.reply(call.header("host") + " " + call.header("x-forwarded-for") + " "
                        + call.header("x-forwarded-proto") + " "
                        + call.headers().stream()
                                .filter(h -> h.getKey().startsWith("x-http2"))
                                .count()))) {
            router.route(hello);

            Answer answer = get(priorKnowledge(), "/a?b=c");

            assertThat(answer.head().version()).isEqualTo(HttpVersion.HTTP_2);
            assertThat(answer.body()).hasToString("127.0.0.1:" + router.port + " 127.0.0.1 http 0");
        }
    }

    @Test
    void a_client_that_asks_is_upgraded_and_one_with_a_body_is_just_answered() throws Exception {
        try (TestBackend hello = new TestBackend(
                "u", call -> call.reply(call.target() + call.body().readAllBytes().length))) {
            router.route(hello);
            try (var client = java.net.http.HttpClient.newBuilder()
                    .version(java.net.http.HttpClient.Version.HTTP_2)
                    .build()) {
                HttpResponse<String> posted = client.send(
                        router.request("/post")
                                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(posted.body()).isEqualTo("/post100000");

                HttpResponse<String> first =
                        client.send(router.request("/first").build(), HttpResponse.BodyHandlers.ofString());
                assertThat(first.body()).isEqualTo("/first0");

                HttpResponse<String> second =
                        client.send(router.request("/second").build(), HttpResponse.BodyHandlers.ofString());
                assertThat(second.body()).isEqualTo("/second0");
            }
            try (var client = java.net.http.HttpClient.newBuilder()
                    .version(java.net.http.HttpClient.Version.HTTP_2)
                    .build()) {
                for (String path : List.of("/one", "/two")) {
                    HttpResponse<String> response =
                            client.send(router.request(path).build(), HttpResponse.BodyHandlers.ofString());
                    assertThat(response.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
                    assertThat(response.body()).isEqualTo(path + "0");
                }
                HttpResponse<String> response = client.send(
                        router.request("/upload")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[5_000_000]))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(response.body()).isEqualTo("/upload5000000");
            }
        }
    }

    @Test
    void streams_of_one_connection_do_not_wait_for_each_other() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (TestBackend hello = new TestBackend("u", call -> {
            if (call.target().equals("/slow")) {
                await(release);
            }
            call.reply(call.target());
        })) {
            router.route(hello);
            HttpClient client = priorKnowledge();
            Future<Answer> slow = send(client, HttpMethod.GET, "/slow", Buffer.buffer());
            List<Future<Answer>> quick = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                quick.add(send(client, HttpMethod.GET, "/" + i, Buffer.buffer()));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(quick.get(i).get(20, TimeUnit.SECONDS).body()).hasToString("/" + i);
            }
            assertThat(slow.isDone()).isFalse();
            release.countDown();
            assertThat(slow.get(20, TimeUnit.SECONDS).body()).hasToString("/slow");
            assertThat(router.router.snapshot().connectionsAccepted()).isEqualTo(1);
        }
    }

    @Test
    void bodies_go_both_ways_and_trailers_arrive() throws Exception {
        try (TestBackend hello = new TestBackend("u", call -> {
            int length = call.body().readAllBytes().length;
            call.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n" + length
                    + "\r\n0\r\nX-Sum: 7\r\n\r\n");
        })) {
            router.route(hello);

            Answer answer = send(priorKnowledge(), HttpMethod.POST, "/", Buffer.buffer(new byte[3_000_000]))
                    .get(20, TimeUnit.SECONDS);

            assertThat(answer.body()).hasToString("3000000");
            assertThat(answer.trailers().get("x-sum")).isEqualTo("7");
            assertThat(answer.head().getHeader("transfer-encoding")).isNull();
        }
    }

    @Test
    void an_upload_that_is_stuck_does_not_stop_the_others_of_its_connection() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (TestBackend hello = new TestBackend("u", call -> {
            if (call.target().equals("/stuck")) {
                await(release);
            }
            call.reply(call.target() + call.body().readAllBytes().length);
        })) {
            router.route(hello);
            HttpClient client = priorKnowledge();
            Future<Answer> stuck = send(client, HttpMethod.PUT, "/stuck", Buffer.buffer(new byte[20_000_000]));
            TestRouter.await("it has started", () -> hello.requests.get() == 1);
            for (int i = 0; i < 5; i++) {
                assertThat(send(client, HttpMethod.PUT, "/", Buffer.buffer(new byte[500_000]))
                                .get(20, TimeUnit.SECONDS)
                                .body())
                        .hasToString("/500000");
            }
            assertThat(stuck.isDone()).isFalse();
            release.countDown();
            assertThat(stuck.get(20, TimeUnit.SECONDS).body()).hasToString("/stuck20000000");
            assertThat(router.router.snapshot().connectionsAccepted()).isEqualTo(1);
        }
    }

    @Test
    void the_routers_own_answers_and_head_requests_are_right() throws Exception {
        try (TestBackend hello = TestBackend.replying("hello")) {
            HttpClient client = priorKnowledge();
            assertThat(get(client, "/").head().statusCode()).isEqualTo(404);
            Answer head = send(client, HttpMethod.HEAD, "/", Buffer.buffer()).get(20, TimeUnit.SECONDS);
            assertThat(head.head().statusCode()).isEqualTo(404);
            router.route(hello);
            head = send(client, HttpMethod.HEAD, "/", Buffer.buffer()).get(20, TimeUnit.SECONDS);
            assertThat(head.head().getHeader("content-length")).isEqualTo("5");
            assertThat(get(client, "/").body()).hasToString("hello");
        }
    }

    @Test
    void a_stream_that_the_client_cancels_takes_its_backend_request_with_it() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        try (TestBackend hello = new TestBackend("u", call -> {
            started.countDown();
            if (call.socket().getInputStream().read() < 0) {
                gone.countDown();
            }
        })) {
            router.route(hello);
            var request = priorKnowledge()
                    .request(HttpMethod.GET, router.port, "127.0.0.1", "/")
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);
            var unused = request.send();
            await(started);
            request.reset();
            await(gone);
            TestRouter.await(
                    "it is not counted any more", () -> router.router.snapshot().inFlight() == 0);
        }
    }

    @Test
    void an_answer_that_stops_half_way_resets_its_stream() throws Exception {
        try (TestBackend hello = new TestBackend("u", call -> {
            call.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
            call.socket().close();
        })) {
            router.route(hello);
            Future<Answer> answer = send(priorKnowledge(), HttpMethod.GET, "/", Buffer.buffer());
            TestRouter.await("it fails", answer::isDone);

            assertThat(answer.state()).isEqualTo(Future.State.FAILED);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
