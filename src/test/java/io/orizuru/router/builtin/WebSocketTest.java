package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.router.Backend;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebSocketTest {
    private final BlockingQueue<String> serverSaw = new LinkedBlockingQueue<>();
    private Vertx vertx;
    private HttpServer server;
    private TestRouter router;
    private Backend backend;

    @BeforeEach
    void start() throws Exception {
        vertx = Vertx.vertx();
        server = vertx.createHttpServer(new HttpServerOptions()
                        .setWebSocketSubProtocols(List.of("chat"))
                        .setMaxWebSocketMessageSize(4 * 1024 * 1024)
                        .setMaxWebSocketFrameSize(4 * 1024 * 1024))
                .webSocketHandler(this::echo)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        router = new TestRouter();
        backend = new Backend("u", "127.0.0.1", server.actualPort(), 1);
        router.route("hello", TestRouter.HELLO, List.of(backend));
    }

    @AfterEach
    void close() throws Exception {
        router.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private void echo(ServerWebSocket socket) {
        serverSaw.add("open " + socket.path() + " " + socket.headers().get("x-forwarded-for"));
        socket.textMessageHandler(text -> {
            if (text.equals("close")) {
                socket.close((short) 4001, "as you wish");
            } else {
                socket.writeTextMessage(text);
            }
        });
        socket.binaryMessageHandler(socket::writeBinaryMessage);
        socket.closeHandler(closed -> serverSaw.add("closed " + socket.closeStatusCode()));
    }

    /** A client that keeps what it sees. */
    private static final class Client implements WebSocket.Listener {
        final BlockingQueue<String> saw = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private int bytes;

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                saw.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            bytes += data.remaining();
            if (last) {
                saw.add("bytes " + bytes);
                bytes = 0;
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            saw.add("closed " + code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            saw.add("error");
        }

        String next() throws InterruptedException {
            return String.valueOf(saw.poll(20, TimeUnit.SECONDS));
        }
    }

    private WebSocket open(String path, Client client) {
        return router.client()
                .newWebSocketBuilder()
                .subprotocols("chat")
                .connectTimeout(Duration.ofSeconds(10))
                .buildAsync(URI.create("ws://127.0.0.1:" + router.port + path), client)
                .join();
    }

    private String serverSaw() throws InterruptedException {
        return String.valueOf(serverSaw.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void text_and_bytes_go_both_ways_and_the_client_closes() throws Exception {
        Client client = new Client();
        WebSocket socket = open("/a", client);

        assertThat(socket.getSubprotocol()).isEqualTo("chat");
        assertThat(serverSaw()).isEqualTo("open /a 127.0.0.1");
        socket.sendText("hello", true).join();
        assertThat(client.next()).isEqualTo("hello");
        socket.sendBinary(ByteBuffer.allocate(3 * 1024 * 1024), true).join();
        assertThat(client.next()).isEqualTo("bytes " + 3 * 1024 * 1024);
        socket.sendClose(4000, "enough").join();

        assertThat(serverSaw()).isEqualTo("closed 4000");
        TestRouter.await(
                "it is not counted any more", () -> router.router.snapshot().inFlight() == 0);
    }

    @Test
    void the_backends_close_code_arrives() throws Exception {
        Client client = new Client();
        open("/a", client).sendText("close", true).join();

        assertThat(client.next()).isEqualTo("closed 4001 as you wish");
    }

    @Test
    void an_open_web_socket_counts_as_under_way_and_outlives_a_switch() throws Exception {
        Client client = new Client();
        WebSocket socket = open("/a", client);
        router.route("hello", TestRouter.HELLO, List.of());

        assertThat(router.router.awaitIdle(Set.of(backend), Duration.ofMillis(100)))
                .isFalse();
        socket.sendText("still here", true).join();
        assertThat(client.next()).isEqualTo("still here");
        assertThat(router.get("/").statusCode()).isEqualTo(503);

        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(router.router.awaitIdle(Set.of(backend), Duration.ofSeconds(20)))
                .isTrue();
    }

    @Test
    void a_client_that_vanishes_closes_the_backends_end() throws Exception {
        WebSocket socket = open("/a", new Client());
        assertThat(serverSaw()).startsWith("open");
        socket.abort();

        assertThat(serverSaw()).startsWith("closed");
        TestRouter.await(
                "it is not counted any more", () -> router.router.snapshot().inFlight() == 0);
    }

    @Test
    void a_backend_that_refuses_is_heard() throws Exception {
        try (TestBackend refusing = new TestBackend(
                "refusing", call -> call.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"))) {
            router.route(refusing);
            assertThatThrownBy(() -> open("/refuse", new Client()))
                    .cause()
                    .isInstanceOfSatisfying(
                            java.net.http.WebSocketHandshakeException.class,
                            e -> assertThat(e.getResponse().statusCode()).isEqualTo(403));
        }
    }

    @Test
    void bytes_right_behind_the_backends_agreement_are_not_lost() throws Exception {
        try (TestBackend eager = new TestBackend("eager", call -> {
            call.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: x\r\n\r\neager bytes");
            byte[] answer = call.socket().getInputStream().readNBytes(4);
            call.write("got " + new String(answer, java.nio.charset.StandardCharsets.US_ASCII));
            call.socket().close();
        })) {
            router.route(eager);
            try (Socket client = router.connect()) {
                TestRouter.write(
                        client,
                        "GET / HTTP/1.1\r\nHost: hello.localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
                assertThat(TestRouter.readUntil(client, "eager bytes")).startsWith("HTTP/1.1 101 ");
                TestRouter.write(client, "\0\1\2\3");
                assertThat(TestRouter.readUntil(client, "got \0\1\2\3")).hasSize(8);
                assertThat(client.getInputStream().read()).isNegative();
            }
        }
    }

    @Test
    void a_silent_tunnel_is_closed_in_the_end() throws Exception {
        try (TestRouter impatient = new TestRouter(options -> options.withTimeouts(
                TestRouter.timeouts(Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofMillis(400))))) {
            impatient.route("hello", TestRouter.HELLO, List.of(backend));
            Client client = new Client();
            router.client()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + impatient.port + "/"), client)
                    .join();
            assertThat(client.next()).startsWith("closed 1006");
            TestRouter.await(
                    "it is not counted any more",
                    () -> impatient.router.snapshot().inFlight() == 0);
        }
    }
}
