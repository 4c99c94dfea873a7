package io.orizuru.router.builtin;

import io.orizuru.config.Endpoint;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/** A router that listens on the loopback, and ways to talk to it. */
final class TestRouter implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** This host's app also has the address that {@link #request} asks for, since not every resolver knows the name. */
    static final String HELLO = "hello.localhost";

    final BuiltinRouter router;
    final int port;
    private final HttpClient client;
    private long epoch = 1;

    TestRouter() throws IOException {
        this(options -> options);
    }

    TestRouter(UnaryOperator<BuiltinRouter.Options> change) throws IOException {
        router = new BuiltinRouter("main", change.apply(BuiltinRouter.Options.of(new Endpoint("127.0.0.1", 0))));
        port = router.start();
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(LIMIT)
                .build();
    }

    /** Default timeouts with some of them shortened. */
    static BuiltinRouter.Timeouts timeouts(Duration head, Duration keepAlive, Duration response) {
        BuiltinRouter.Timeouts usual = BuiltinRouter.Timeouts.DEFAULT;
        return new BuiltinRouter.Timeouts(
                head,
                keepAlive,
                Duration.ofMillis(500),
                response,
                response,
                response,
                usual.pooled(),
                usual.ejection(),
                Duration.ofMillis(200),
                usual.wake());
    }

    /** The app {@code hello} at {@link #HELLO}. */
    void route(TestBackend... backends) {
        route(
                "hello",
                "hello.localhost",
                List.of(backends).stream().map(TestBackend::address).toList());
    }

    void route(String app, String host, List<Backend> backends) {
        Set<String> hosts = host.equals(HELLO) ? Set.of(host, "127.0.0.1") : Set.of(host);
        router.apply(new AppRoutes(app, epoch++, hosts, backends));
    }

    /** The app {@code hello} at {@link #HELLO}, with weights of its versions and names of parts of it. */
    @SuppressWarnings("NullAway") // It does not see in a class file that an app may be awake.
    void route(List<Backend> backends, Map<Integer, Integer> weights, AppRoutes.Part... parts) {
        router.apply(new AppRoutes(
                "hello", epoch++, Set.of("hello.localhost", "127.0.0.1"), backends, weights, List.of(parts), null));
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(LIMIT);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    HttpClient client() {
        return client;
    }

    /** Sends text as it is and reads until the router closes the connection. */
    String raw(String text) throws IOException {
        try (Socket socket = connect()) {
            write(socket, text);
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) LIMIT.toMillis());
        return socket;
    }

    static void write(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Reads until the text is there, or fails. */
    static String readUntil(Socket socket, String end) throws IOException {
        StringBuilder read = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (read.indexOf(end) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("closed after: " + read);
            }
            read.append((char) next);
        }
        return read.toString();
    }

    /** Waits for something to become true. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + LIMIT + ": " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        router.close();
    }
}
