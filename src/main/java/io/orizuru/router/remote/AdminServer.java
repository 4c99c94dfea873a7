package io.orizuru.router.remote;

import com.fasterxml.jackson.core.JacksonException;
import io.orizuru.config.AdminListen;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.DataPlane.CertificateTable;
import io.orizuru.router.builtin.DataPlane.Table;
import io.orizuru.router.remote.AdminListener.Asked;
import io.orizuru.router.remote.AdminListener.Reply;
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
import io.orizuru.router.remote.Wire.Self;
import io.orizuru.router.remote.Wire.TrafficOf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Where a router that runs apart is told its routes: a few requests a second come here, apps' never. */
final class AdminServer implements AdminListener.Answering, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AdminServer.class.getName());
    private static final long LONGEST_WAIT_MILLIS = 60_000;
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String GUARDED = "/v1/";

    private final DataPlane plane;
    private final KeptRoutes routes;
    private final KeptCertificates certificates;
    private final Credential credential;
    /** Of this life of the process, so that a tag of an earlier one never matches. */
    private final String life;

    private final Supplier<Self> self;
    private final Runnable end;
    private final AdminListener listener;
    private volatile boolean draining;

    /**
     * Listens and answers after {@link #start}.
     *
     * @param tls null for cleartext
     * @param self what it says of itself
     * @param end what it does when it is told to end
     */
    AdminServer(
            AdminListen listen,
            @Nullable SSLContext tls,
            DataPlane plane,
            KeptRoutes routes,
            KeptCertificates certificates,
            Credential credential,
            String life,
            Supplier<Self> self,
            Runnable end) {
        this.plane = plane;
        this.routes = routes;
        this.certificates = certificates;
        this.credential = credential;
        this.life = life;
        this.self = self;
        this.end = end;
        this.listener = new AdminListener(listen, tls, this);
    }

    /**
     * @return the bound port; 0 for a Unix socket
     * @throws IOException when it cannot listen
     */
    int start() throws IOException {
        return listener.start();
    }

    /** Says from now on that no new requests should come here. */
    void drain() {
        draining = true;
    }

    /** Gives its place to another one; answers that are under way are still given. */
    void stopListening() {
        listener.stopListening();
    }

    @Override
    public void close() {
        listener.close();
    }

    static Reply text(int status, String text) {
        return new Reply(status, TEXT, (text + "\n").getBytes(StandardCharsets.UTF_8), "");
    }

    private static Reply json(Object value) throws IOException {
        return new Reply(200, JSON, Wire.JSON.writeValueAsBytes(value), "");
    }

    /** Nobody sends us a body who has not shown the credential. */
    @Override
    public @Nullable Reply refusal(Asked head) {
        if (!head.path().startsWith(GUARDED)) {
            return open(head);
        }
        return credential.isShownBy(head.authorization()) ? null : text(401, "the credential is not this router's");
    }

    @Override
    public Reply answer(Asked request) {
        try {
            return guarded(request);
        } catch (JacksonException | IllegalArgumentException e) {
            return text(400, String.valueOf(e.getMessage()));
        } catch (IOException | UncheckedIOException e) {
            LOG.log(System.Logger.Level.ERROR, e.getMessage());
            return text(500, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "an admin request failed because of a bug", e);
            return text(500, "internal error");
        }
    }

    /** What anyone may ask who can connect: nothing in it names an app. */
    private Reply open(Asked asked) {
        if (!asked.method().equals("GET")) {
            return text(405, "the method is not allowed");
        }
        return switch (asked.path()) {
            case "/health" -> health();
            case "/metrics" ->
                new Reply(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        RouterText.of(plane.snapshot(), routes.table()).getBytes(StandardCharsets.UTF_8),
                        "");
            default -> text(404, "not found");
        };
    }

    private Reply health() {
        if (draining) {
            return text(503, "the router is ending");
        }
        return routes.isComplete()
                ? text(200, "WORKING")
                : text(503, "the router waits for its routes: no server has brought them yet");
    }

    private Reply guarded(Asked request) throws IOException {
        return switch (request.method() + " " + request.path()) {
            case "GET " + Wire.SELF -> json(self.get());
            case "POST " + Wire.END -> end();
            case "GET " + Wire.TABLE -> holding(request);
            case "POST " + Wire.TABLE -> switchTo(read(request, Push.class));
            case "POST " + Wire.IDLE -> idle(read(request, AwaitIdle.class));
            case "POST " + Wire.TRAFFIC ->
                json(plane.traffic(read(request, TrafficOf.class).app()));
            case "POST " + Wire.ABSENT -> absent(read(request, Absent.class));
            case "POST " + Wire.WAKES -> wakes(read(request, AwaitWakes.class));
            default -> text(404, "not found");
        };
    }

    private Reply end() throws IOException {
        end.run();
        return json(self.get());
    }

    /** Certificates first: whoever finds a name by its route is shown what it has. */
    private Reply switchTo(Push push) throws IOException {
        certificates.apply(push.certificates());
        return json(new Refused(routes.apply(push)));
    }

    private Reply holding(Asked request) throws IOException {
        boolean complete = routes.isComplete();
        Table table = routes.table();
        CertificateTable shown = certificates.table();
        String tag =
                "\"" + life + "-" + table.revision() + "-" + shown.revision() + (complete ? "" : "-incomplete") + "\"";
        if (tag.equals(request.known())) {
            return new Reply(304, JSON, new byte[0], tag);
        }
        List<Known> apps = table.routes().stream().map(Known::of).toList();
        List<Known> certified = shown.certificates().stream().map(Known::of).toList();
        return new Reply(200, JSON, Wire.JSON.writeValueAsBytes(new Holding(complete, apps, certified)), tag);
    }

    private Reply absent(Absent absent) throws IOException {
        plane.absent(absent.teller(), absent.units());
        return json(new Heard(true));
    }

    private Reply idle(AwaitIdle wait) throws IOException {
        return json(new Idle(plane.awaitIdle(wait.backends(), limit(wait.limitMillis()))));
    }

    private Reply wakes(AwaitWakes wait) throws IOException {
        try {
            return json(new Called(plane.wakes().await(limit(wait.limitMillis()))));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return text(503, "the router is ending");
        }
    }

    private static Duration limit(long millis) {
        if (millis < 0 || millis > LONGEST_WAIT_MILLIS) {
            throw new IllegalArgumentException("limitMillis is " + millis + ", not 0 to " + LONGEST_WAIT_MILLIS);
        }
        return Duration.ofMillis(millis);
    }

    private static <T> T read(Asked request, Class<T> type) throws IOException {
        return Wire.JSON.readValue(request.body(), type);
    }
}
