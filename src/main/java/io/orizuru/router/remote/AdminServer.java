package io.orizuru.router.remote;

import com.fasterxml.jackson.core.JacksonException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.orizuru.config.Endpoint;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.DataPlane.CertificateTable;
import io.orizuru.router.builtin.DataPlane.Table;
import io.orizuru.router.remote.Wire.Absent;
import io.orizuru.router.remote.Wire.AwaitIdle;
import io.orizuru.router.remote.Wire.AwaitWakes;
import io.orizuru.router.remote.Wire.Called;
import io.orizuru.router.remote.Wire.Heard;
import io.orizuru.router.remote.Wire.Holding;
import io.orizuru.router.remote.Wire.Idle;
import io.orizuru.router.remote.Wire.Known;
import io.orizuru.router.remote.Wire.Push;
import io.orizuru.router.remote.Wire.Refused;
import io.orizuru.router.remote.Wire.TrafficOf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Where a router that runs apart is told its routes. The JDK's server: a few requests a second come here, apps' never. */
final class AdminServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AdminServer.class.getName());
    private static final int BACKLOG = 64;
    private static final int LARGEST_BODY = 64 * 1024 * 1024;
    private static final long LONGEST_WAIT_MILLIS = 60_000;
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";

    private final DataPlane plane;
    private final KeptRoutes routes;
    private final KeptCertificates certificates;
    private final Credential credential;
    /** Of this life of the process, so that a tag of an earlier one never matches. */
    private final String life;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;
    private volatile boolean draining;

    /**
     * An answer.
     *
     * @param tag an entity tag; empty for none
     */
    private record Reply(int status, String type, byte[] body, String tag) {
        static Reply text(int status, String text) {
            return new Reply(status, TEXT, (text + "\n").getBytes(StandardCharsets.UTF_8), "");
        }

        static Reply json(Object value) throws IOException {
            return new Reply(200, JSON, Wire.JSON.writeValueAsBytes(value), "");
        }

        Reply tagged(String entityTag) {
            return new Reply(status, type, body, entityTag);
        }
    }

    private interface Work {
        Reply of(HttpExchange exchange) throws IOException;
    }

    /**
     * Listens, and answers after {@link #start}.
     *
     * @param tls null for cleartext
     * @throws IOException when the address cannot be bound
     */
    AdminServer(
            Endpoint listen,
            @Nullable SSLContext tls,
            DataPlane plane,
            KeptRoutes routes,
            KeptCertificates certificates,
            Credential credential,
            String life)
            throws IOException {
        this.plane = plane;
        this.routes = routes;
        this.certificates = certificates;
        this.credential = credential;
        this.life = life;
        InetSocketAddress address = new InetSocketAddress(listen.host(), listen.port());
        try {
            if (tls == null) {
                server = HttpServer.create(address, BACKLOG);
            } else {
                HttpsServer secured = HttpsServer.create(address, BACKLOG);
                secured.setHttpsConfigurator(new HttpsConfigurator(tls));
                server = secured;
            }
        } catch (IOException e) {
            throw new IOException("the router cannot listen on " + listen + " for its routes", e);
        }
        server.setExecutor(threads);
        server.createContext("/", exchange -> answer(exchange, this::open));
        server.createContext("/v1/", exchange -> answer(exchange, this::guarded));
    }

    /** @return the bound port */
    int start() {
        server.start();
        return server.getAddress().getPort();
    }

    /** Says from now on that no new requests should come here. */
    void drain() {
        draining = true;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static void answer(HttpExchange exchange, Work work) throws IOException {
        try (exchange) {
            Reply reply;
            try {
                reply = work.of(exchange);
            } catch (JacksonException | IllegalArgumentException e) {
                reply = Reply.text(400, String.valueOf(e.getMessage()));
            } catch (UncheckedIOException e) {
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
                reply = Reply.text(500, String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.ERROR, "an admin request failed because of a bug", e);
                reply = Reply.text(500, "internal error");
            }
            exchange.getResponseHeaders().set("Content-Type", reply.type());
            if (!reply.tag().isEmpty()) {
                exchange.getResponseHeaders().set("ETag", reply.tag());
            }
            boolean empty = reply.body().length == 0;
            exchange.sendResponseHeaders(reply.status(), empty ? -1 : reply.body().length);
            if (!empty) {
                exchange.getResponseBody().write(reply.body());
            }
        }
    }

    /** What anyone may ask who can connect: nothing in it names an app. */
    private Reply open(HttpExchange exchange) {
        if (!exchange.getRequestMethod().equals("GET")) {
            return Reply.text(405, "the method is not allowed");
        }
        return switch (exchange.getRequestURI().getPath()) {
            case "/health" -> health();
            case "/metrics" ->
                new Reply(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        RouterText.of(plane.snapshot(), routes.table()).getBytes(StandardCharsets.UTF_8),
                        "");
            default -> Reply.text(404, "not found");
        };
    }

    private Reply health() {
        if (draining) {
            return Reply.text(503, "the router is ending");
        }
        return routes.isComplete()
                ? Reply.text(200, "WORKING")
                : Reply.text(503, "the router waits for its routes: no server has brought them yet");
    }

    private Reply guarded(HttpExchange exchange) throws IOException {
        String shown = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Authorization"), "");
        if (!credential.isShownBy(shown)) {
            return Reply.text(401, "the credential is not this router's");
        }
        String asked =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        return switch (asked) {
            case "GET " + Wire.TABLE -> holding(exchange);
            case "POST " + Wire.TABLE -> switchTo(read(exchange, Push.class));
            case "POST " + Wire.IDLE -> idle(read(exchange, AwaitIdle.class));
            case "POST " + Wire.TRAFFIC ->
                Reply.json(plane.traffic(read(exchange, TrafficOf.class).app()));
            case "POST " + Wire.ABSENT -> absent(read(exchange, Absent.class));
            case "POST " + Wire.WAKES -> wakes(read(exchange, AwaitWakes.class));
            default -> Reply.text(404, "not found");
        };
    }

    /** Certificates first: whoever finds a name by its route is shown what it has. */
    private Reply switchTo(Push push) throws IOException {
        certificates.apply(push.certificates());
        return Reply.json(new Refused(routes.apply(push)));
    }

    private Reply holding(HttpExchange exchange) throws IOException {
        boolean complete = routes.isComplete();
        Table table = routes.table();
        CertificateTable shown = certificates.table();
        String tag =
                "\"" + life + "-" + table.revision() + "-" + shown.revision() + (complete ? "" : "-incomplete") + "\"";
        if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
            return new Reply(304, JSON, new byte[0], tag);
        }
        List<Known> apps = table.routes().stream().map(Known::of).toList();
        List<Known> certified = shown.certificates().stream().map(Known::of).toList();
        return Reply.json(new Holding(complete, apps, certified)).tagged(tag);
    }

    private Reply absent(Absent absent) throws IOException {
        plane.absent(absent.teller(), absent.units());
        return Reply.json(new Heard(true));
    }

    private Reply idle(AwaitIdle wait) throws IOException {
        return Reply.json(new Idle(plane.awaitIdle(wait.backends(), limit(wait.limitMillis()))));
    }

    private Reply wakes(AwaitWakes wait) throws IOException {
        try {
            return Reply.json(new Called(plane.wakes().await(limit(wait.limitMillis()))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.text(503, "the router is ending");
        }
    }

    private static Duration limit(long millis) {
        if (millis < 0 || millis > LONGEST_WAIT_MILLIS) {
            throw new IllegalArgumentException("limitMillis is " + millis + ", not 0 to " + LONGEST_WAIT_MILLIS);
        }
        return Duration.ofMillis(millis);
    }

    private static <T> T read(HttpExchange exchange, Class<T> type) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
        if (body.length > LARGEST_BODY) {
            throw new IllegalArgumentException("the body has more than " + LARGEST_BODY + " bytes");
        }
        return Wire.JSON.readValue(body, type);
    }
}
