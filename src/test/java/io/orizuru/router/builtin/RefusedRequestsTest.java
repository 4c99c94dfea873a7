package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that two readers could understand differently, or that take too much, never reach a backend. */
class RefusedRequestsTest {
    private static final String HOST = "Host: hello.localhost\r\n";
    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n";

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(
                        "both framings",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST
                                + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "both framings, the other way round",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST
                                + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "two lengths",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 4\r\nContent-Length: 0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "two lengths in one",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 4, 0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "one length twice",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\nContent-Length: 0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a signed length", 400, "POST / HTTP/1.1\r\n" + HOST + "Content-Length: +4\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a negative length",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length: -1\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a length in hexadecimal",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 0x4\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a huge length",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 99999999999999999999\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "an unknown coding",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "two codings",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "chunked twice",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST
                                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                + SMUGGLED),
                Arguments.of(
                        "chunked then identity",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST
                                + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
                                + SMUGGLED),
                Arguments.of(
                        "chunked in HTTP/1.0",
                        400,
                        "POST / HTTP/1.0\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a space before the colon",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Content-Length : 4\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a space before chunked's colon",
                        400,
                        "POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding : chunked\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a header without a colon",
                        400,
                        "GET / HTTP/1.1\r\n" + HOST + "Content-Length\r\n\r\n" + SMUGGLED),
                Arguments.of("a header without a name", 400, "GET / HTTP/1.1\r\n" + HOST + ": x\r\n\r\n" + SMUGGLED),
                Arguments.of("bare line feeds", 400, "GET / HTTP/1.1\nHost: hello.localhost\n\n" + SMUGGLED),
                Arguments.of(
                        "a bare line feed in a header",
                        400,
                        "GET / HTTP/1.1\r\n" + HOST + "X: a\nContent-Length: 5\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a bare carriage return in a header",
                        400,
                        "GET / HTTP/1.1\r\n" + HOST + "X: a\rContent-Length: 5\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "a zero byte in a header", 400, "GET / HTTP/1.1\r\n" + HOST + "X: a\0b\r\n\r\n" + SMUGGLED),
                Arguments.of("no host", 400, "GET / HTTP/1.1\r\n\r\n" + SMUGGLED),
                Arguments.of("two hosts", 400, "GET / HTTP/1.1\r\n" + HOST + "Host: other\r\n\r\n" + SMUGGLED),
                Arguments.of("one host twice", 400, "GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n" + SMUGGLED),
                Arguments.of("a host that is none", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" + SMUGGLED),
                Arguments.of(
                        "an absolute target",
                        400,
                        "GET http://hello.localhost/ HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of("a target without a slash", 400, "GET x HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of("a star that is not OPTIONS'", 400, "GET * HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of(
                        "a target with unencoded bytes", 400, "GET /\u00e9 HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of("a tunnel", 405, "CONNECT / HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of("a trace", 405, "TRACE / HTTP/1.1\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of("an unknown version", 505, "GET / HTTP/1.9\r\n" + HOST + "\r\n" + SMUGGLED),
                Arguments.of("another protocol", 400, "\u0016\u0003\u0001\u0002hello\r\n\r\n"),
                Arguments.of(
                        "a request line without end",
                        414,
                        "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of(
                        "headers without end",
                        431,
                        "GET / HTTP/1.1\r\n" + HOST + ("X: " + "a".repeat(1000) + "\r\n").repeat(40) + "\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void is_refused_and_the_connection_closed(String what, int status, String request) throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            String answer = router.raw(request);

            assertThat(answer).startsWith("HTTP/1.1 " + status + " ").containsIgnoringCase("connection: close");
            assertThat(answer.split("HTTP/1\\.1 ", -1)).as("one answer").hasSize(2);
            assertThat(hello.requests).hasValue(0);
        }
    }

    @Test
    void a_chunk_whose_size_is_none_is_refused() throws Exception {
        try (TestRouter router = new TestRouter();
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            String answer =
                    router.raw("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\nzz\r\n" + SMUGGLED);

            assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("200 OK");
            assertThat(hello.requests.get()).isLessThanOrEqualTo(1);
            TestRouter.await(
                    "it is not counted any more", () -> router.router.snapshot().inFlight() == 0);
        }
    }

    @Test
    void a_head_that_comes_too_slowly_is_a_408() throws Exception {
        try (TestRouter router = new TestRouter(options -> options.withTimeouts(
                        TestRouter.timeouts(Duration.ofMillis(300), Duration.ofSeconds(30), Duration.ofSeconds(30))));
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            assertThat(router.raw("GET / HTTP/1.1\r\nHo")).startsWith("HTTP/1.1 408 ");
            assertThat(router.raw("GET / HTTP/1.1\r\n" + HOST + "\r\nGET / HT"))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("HTTP/1.1 408 ");
        }
    }

    @Test
    void a_connection_without_requests_is_closed_in_the_end() throws Exception {
        try (TestRouter router = new TestRouter(options -> options.withTimeouts(
                        TestRouter.timeouts(Duration.ofSeconds(30), Duration.ofMillis(300), Duration.ofSeconds(30))));
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);

            assertThat(router.raw("GET / HTTP/1.1\r\n" + HOST + "\r\n")).endsWith("hello");
        }
    }

    @Test
    void connections_beyond_the_limit_are_closed_and_the_others_served() throws Exception {
        try (TestRouter router = new TestRouter(
                        options -> options.withLimits(new BuiltinRouter.Limits(8192, 32768, 3, 100, 3, 10)));
                TestBackend hello = TestBackend.replying("hello")) {
            router.route(hello);
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                sockets.add(router.connect());
            }
            TestRouter.await("all are accepted", () -> router.router.snapshot().connectionsOpen() == 3);
            try (Socket oneTooMany = router.connect()) {
                assertThat(readsEnd(oneTooMany)).isTrue();
            }
            assertThat(router.router.snapshot().connectionsRefused()).isEqualTo(1);
            for (Socket socket : sockets) {
                TestRouter.write(socket, "GET / HTTP/1.1\r\n" + HOST + "\r\n");
                assertThat(TestRouter.readUntil(socket, "hello")).startsWith("HTTP/1.1 200 ");
                socket.close();
            }
            TestRouter.await(
                    "places are free again", () -> router.router.snapshot().connectionsOpen() == 0);
            assertThat(router.get("/").body()).isEqualTo("hello");
        }
    }

    private static boolean readsEnd(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (IOException e) {
            return true;
        }
    }
}
