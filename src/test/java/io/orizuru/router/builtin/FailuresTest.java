package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.router.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class FailuresTest {
    /** An address where nobody listens. */
    private static Backend nobody() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Backend("nobody", "127.0.0.1", free.getLocalPort(), 1);
        }
    }

    private static TestRouter impatient() throws IOException {
        return new TestRouter(options -> options.withTimeouts(
                TestRouter.timeouts(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofMillis(400))));
    }

    private static HttpRequest.BodyPublisher body() {
        return HttpRequest.BodyPublishers.ofString("x".repeat(1000));
    }

    @Test
    void whatever_the_method_a_request_goes_elsewhere_when_a_backend_refuses_the_connection() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello =
                        new TestBackend("u", call -> call.reply(call.body().readAllBytes().length + ""))) {
            router.route("hello", TestRouter.HELLO, List.of(nobody(), hello.address()));
            for (int i = 0; i < 20; i++) {
                assertThat(router.send(router.request("/").POST(body())).body()).isEqualTo("1000");
            }
            // Left out after its first refusal, not asked again by each request.
            assertThat(router.router.snapshot().backendErrors()).isEqualTo(1);
            assertThat(router.router.snapshot().retries()).isEqualTo(1);
        }
    }

    @Test
    void when_nobody_can_be_reached_it_is_a_502() throws Exception {
        try (TestRouter router = new TestRouter()) {
            router.route("hello", TestRouter.HELLO, List.of(nobody(), nobody()));

            assertThat(router.get("/").statusCode()).isEqualTo(502);
            assertThat(router.send(router.request("/").POST(body())).statusCode())
                    .isEqualTo(502);
            assertThat(router.router.snapshot().inFlight()).isZero();
        }
    }

    @Test
    void a_backend_that_comes_back_is_asked_again() throws Exception {
        Backend address = nobody();
        try (TestRouter router = new TestRouter()) {
            router.route("hello", TestRouter.HELLO, List.of(address));
            assertThat(router.get("/").statusCode()).isEqualTo(502);
            try (ServerSocket back = new ServerSocket(address.port(), 10, InetAddress.getLoopbackAddress())) {
                Thread.ofVirtual().start(() -> {
                    try (Socket socket = back.accept()) {
                        TestRouter.readUntil(socket, "\r\n\r\n");
                        TestRouter.write(socket, "HTTP/1.1 204 No Content\r\n\r\n");
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                assertThat(router.get("/").statusCode()).isEqualTo(204);
            }
        }
    }

    @Test
    void a_safe_request_goes_elsewhere_when_a_backend_resets_it() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend broken = new TestBackend("broken", TestBackend.Call::reset);
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(broken, hello);
            for (int i = 0; i < 10; i++) {
                assertThat(router.get("/").body()).isEqualTo("hello");
            }
            assertThat(broken.requests.get()).isPositive();
        }
    }

    @Test
    void a_request_that_may_have_had_an_effect_is_not_sent_twice() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend broken = new TestBackend("broken", TestBackend.Call::reset);
                TestBackend alsoBroken = new TestBackend("broken too", TestBackend.Call::reset)) {
            router.route(broken, alsoBroken);

            assertThat(router.send(router.request("/").POST(HttpRequest.BodyPublishers.noBody()))
                            .statusCode())
                    .isEqualTo(502);
            assertThat(router.send(router.request("/").PUT(body())).statusCode())
                    .isEqualTo(502);

            assertThat(broken.requests.get() + alsoBroken.requests.get()).isEqualTo(2);
        }
    }

    @Test
    void a_kept_connection_that_the_backend_closed_is_nobodys_failure() throws Exception {
        AtomicInteger stale = new AtomicInteger();
        try (TestRouter router = new TestRouter(options -> options.withEventLoops(1));
                TestBackend hello = new TestBackend("u", call -> {
                    if (call.number() > 1) {
                        // As if the close for idleness and the request had crossed.
                        stale.incrementAndGet();
                        call.reset();
                    } else {
                        call.reply("hello");
                    }
                })) {
            router.route(hello);
            for (int i = 0; i < 20; i++) {
                assertThat(router.get("/").body()).isEqualTo("hello");
            }
            assertThat(stale.get()).isPositive();
            assertThat(router.router.snapshot().backendErrors()).isZero();
            hello.closeConnections();
            assertThat(router.get("/").body()).isEqualTo("hello");
        }
    }

    @Test
    void a_backend_that_does_not_answer_in_time_is_a_504() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        try (TestRouter router = impatient();
                TestBackend stuck = new TestBackend("stuck", call -> await(over))) {
            router.route(stuck);

            assertThat(router.get("/").statusCode()).isEqualTo(504);
            assertThat(router.send(router.request("/").POST(body())).statusCode())
                    .isEqualTo(504);
            TestRouter.await(
                    "its connections are closed", () -> router.router.snapshot().inFlight() == 0);
            over.countDown();
        }
    }

    @Test
    void a_client_that_owes_the_body_gets_a_408() throws Exception {
        try (TestRouter router = impatient();
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            assertThat(router.raw("POST / HTTP/1.1\r\nHost: hello.localhost\r\nContent-Length: 10\r\n\r\nabc"))
                    .startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void an_answer_that_stops_half_way_is_cut_and_not_ended() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    call.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
                    call.socket().close();
                })) {
            router.route(hello);

            String answer = router.raw("GET / HTTP/1.1\r\nHost: hello.localhost\r\n\r\n");

            assertThat(answer).endsWith("3\r\nabc\r\n");
            assertThat(router.router.snapshot().backendErrors()).isEqualTo(1);
        }
    }

    @Test
    void an_answer_that_makes_no_sense_is_a_502() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    call.write("SSH-2.0-OpenSSH\r\n\r\n");
                    call.socket().close();
                })) {
            router.route(hello);

            assertThat(router.get("/").statusCode()).isEqualTo(502);
        }
    }

    @Test
    void an_answer_until_the_connection_ends_is_whole() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    call.write("HTTP/1.0 200 OK\r\n\r\n" + "x".repeat(100_000));
                    call.socket().close();
                })) {
            router.route(hello);

            assertThat(router.get("/").body()).hasSize(100_000);
        }
    }

    @Test
    void a_client_that_goes_away_takes_its_backend_request_with_it() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    started.countDown();
                    if (call.socket().getInputStream().read() < 0) {
                        gone.countDown();
                    }
                })) {
            router.route(hello);
            try (Socket client = router.connect()) {
                TestRouter.write(client, "GET / HTTP/1.1\r\nHost: hello.localhost\r\n\r\n");
                await(started);
                assertThat(router.router.snapshot().inFlight()).isEqualTo(1);
            }
            await(gone);
            TestRouter.await(
                    "it is not counted any more", () -> router.router.snapshot().inFlight() == 0);
            assertThat(router.router.awaitIdle(java.util.Set.of(hello.address()), Duration.ofSeconds(5)))
                    .isTrue();
        }
    }

    @Test
    void an_early_answer_to_an_unfinished_upload_arrives() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    call.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
                    call.socket().shutdownOutput();
                    call.body().transferTo(java.io.OutputStream.nullOutputStream());
                })) {
            router.route(hello);

            String answer = router.raw("POST / HTTP/1.1\r\nHost: hello.localhost\r\nContent-Length: 1000000\r\n\r\n"
                    + "x".repeat(100_000));

            assertThat(answer).startsWith("HTTP/1.1 413 ").endsWith("big").containsIgnoringCase("connection: close");
        }
    }

    @Test
    void a_client_that_asks_first_sends_its_body_when_the_backend_says_so() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = new TestBackend("u", call -> {
                    if (call.target().equals("/no")) {
                        call.write("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                        call.socket().close();
                        return;
                    }
                    call.write("HTTP/1.1 100 Continue\r\n\r\n");
                    call.reply(new String(call.body().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
                })) {
            router.route(hello);
            try (Socket client = router.connect()) {
                TestRouter.write(
                        client,
                        "POST / HTTP/1.1\r\nHost: hello.localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
                assertThat(TestRouter.readUntil(client, "\r\n\r\n")).startsWith("HTTP/1.1 100 Continue");
                TestRouter.write(client, "abc");
                assertThat(TestRouter.readUntil(client, "abc")).startsWith("HTTP/1.1 200 OK");
            }
            assertThat(router.raw("""
                    POST /no HTTP/1.1
                    Host: hello.localhost
                    Content-Length: 3
                    Expect: 100-continue

                    """.replace("\n", "\r\n"))).startsWith("HTTP/1.1 417 ");
        }
    }

    @Test
    void closing_lets_a_request_under_way_end() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        TestRouter router = new TestRouter();
        try (TestBackend hello = new TestBackend("u", call -> {
            started.countDown();
            TestRouter.await("the router is closing", () -> refuses(router.port));
            call.reply("hello");
        })) {
            router.route(hello);
            var answer = router.client().sendAsync(router.request("/").build(), HttpResponse.BodyHandlers.ofString());
            await(started);
            router.close();

            assertThat(answer.get(10, TimeUnit.SECONDS).body()).isEqualTo("hello");
        }
    }

    private static boolean refuses(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (IOException e) {
            return true;
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
