package io.orizuru.router.builtin;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Network;
import io.orizuru.files.Descriptors;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Router;
import io.orizuru.router.Traffic;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One named router on a {@link DataPlane}; several names may share one data plane, each with routes of its own. */
public final class BuiltinRouter implements Router, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(BuiltinRouter.class.getName());

    private final String name;
    private final String type;
    private final DataPlane plane;
    private final boolean tls;
    private final boolean ownsPlane;

    /** A router with a data plane of its own, which {@link #start} starts and {@link #close} closes. */
    public BuiltinRouter(String name, Options options) {
        this(name, "builtin", options.tlsListen() != null, new DataPlane(options), true);
    }

    /** A router on a data plane that somebody else starts and closes. */
    public BuiltinRouter(String name, DataPlane plane) {
        this(name, "builtin", false, plane);
    }

    /**
     * As above, under another type in the API.
     *
     * @param tls whether apps' certificates are shown by it
     */
    public BuiltinRouter(String name, String type, boolean tls, DataPlane plane) {
        this(name, type, tls, plane, false);
    }

    private BuiltinRouter(String name, String type, boolean tls, DataPlane plane, boolean ownsPlane) {
        this.name = name;
        this.type = type;
        this.tls = tls;
        this.plane = plane;
        this.ownsPlane = ownsPlane;
    }

    /**
     * Listens, unless the shared data plane does already.
     *
     * @return the bound port
     * @throws IOException when the address cannot be bound
     */
    public int start() throws IOException {
        return plane.start();
    }

    DataPlane plane() {
        return plane;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public boolean tls() {
        return tls;
    }

    /**
     * {@inheritDoc}
     *
     * <p>When two apps claim one host name, the one that was applied last has it; it goes back to the other when that one
     * gives it up.
     *
     * @throws IllegalArgumentException when a host is not a host name or a backend's host not an IP address; nothing has
     *     changed then
     */
    @Override
    public void apply(AppRoutes routes) {
        plane.apply(name, routes);
    }

    @Override
    public List<AppRoutes> observe() {
        return plane.observe(name);
    }

    @Override
    public void applyCertificates(List<AppCertificates> certificates) {
        List<DataPlane.NamedCertificates> refused = plane.applyCertificates(certificates.stream()
                .map(each -> new DataPlane.NamedCertificates(name, each))
                .toList());
        refused.forEach(each -> LOG.log(
                System.Logger.Level.DEBUG,
                "certificates of {0} were changed meanwhile",
                each.certificates().app()));
    }

    @Override
    public List<AppCertificates> observeCertificates() {
        return plane.certificates(name);
    }

    /**
     * {@inheritDoc}
     *
     * <p>WebSockets count as requests for as long as they are open.
     */
    @Override
    public boolean awaitIdle(Set<Backend> backends, Duration limit) {
        return plane.awaitIdle(backends, limit);
    }

    @Override
    public List<Traffic> traffic(String app) {
        return List.of(plane.traffic(app));
    }

    @Override
    public void absent(String teller, Set<String> units) {
        plane.absent(teller, units);
    }

    /** The counters of the data plane, all its routers together. */
    public Snapshot snapshot() {
        return plane.snapshot();
    }

    /** Closes a data plane of its own; a shared one stays, with this router's routes. */
    @Override
    public void close() {
        if (ownsPlane) {
            plane.close();
        }
    }

    /**
     * How a data plane listens and what it bears.
     *
     * @param listen where; port 0 takes any free one
     * @param tlsListen where it listens for TLS; null for nowhere
     * @param trustedProxies peers whose {@code X-Forwarded-*} and {@code Forwarded} headers are believed and kept
     * @param eventLoops threads, 1 or more
     */
    public record Options(
            Endpoint listen,
            @Nullable Endpoint tlsListen,
            List<Network> trustedProxies,
            int eventLoops,
            Limits limits,
            Timeouts timeouts) {
        public Options {
            trustedProxies = List.copyOf(trustedProxies);
            if (eventLoops < 1) {
                throw new IllegalArgumentException("the number of event loops " + eventLoops + " is less than 1");
            }
        }

        /** Two event loops, nobody trusted, the default limits and timeouts. */
        public static Options of(Endpoint listen) {
            return new Options(listen, null, List.of(), 2, Limits.DEFAULT, Timeouts.DEFAULT);
        }

        /** Listens for TLS as well, unless it is null. */
        public Options withTls(@Nullable Endpoint tls) {
            return new Options(listen, tls, trustedProxies, eventLoops, limits, timeouts);
        }

        public Options withTrustedProxies(List<Network> networks) {
            return new Options(listen, tlsListen, networks, eventLoops, limits, timeouts);
        }

        public Options withEventLoops(int count) {
            return new Options(listen, tlsListen, trustedProxies, count, limits, timeouts);
        }

        public Options withLimits(Limits other) {
            return new Options(listen, tlsListen, trustedProxies, eventLoops, other, timeouts);
        }

        public Options withTimeouts(Timeouts other) {
            return new Options(listen, tlsListen, trustedProxies, eventLoops, limits, other);
        }
    }

    /**
     * What one client, and all together, may take; all 1 or more.
     *
     * @param requestLine bytes; a longer one is answered with 414
     * @param headers bytes of all headers of a request or a response; more is answered with 431, from a backend with 502
     * @param connections clients' connections; one more is closed as soon as it is accepted
     * @param streams concurrent requests on one HTTP/2 connection
     * @param attempts how many backends are tried for one request
     * @param held requests that wait for apps to wake, at once; one more is answered with 503
     */
    public record Limits(int requestLine, int headers, int connections, int streams, int attempts, int held) {
        public static final Limits DEFAULT = new Limits(8 * 1024, 32 * 1024, 10_000, 100, 3, 1000);

        /** The same, with no more connections than there are descriptors for. */
        public Limits within(Descriptors descriptors) {
            return new Limits(requestLine, headers, descriptors.ofRouter(connections), streams, attempts, held);
        }

        public Limits {
            if (IntStream.of(requestLine, headers, connections, streams, attempts, held)
                            .min()
                            .orElse(0)
                    < 1) {
                throw new IllegalArgumentException("a limit is less than 1: " + requestLine + ", " + headers + ", "
                        + connections + ", " + streams + ", " + attempts + ", " + held);
            }
        }
    }

    /**
     * How long each wait may be; all positive. They are looked at every second, or more often when the shortest of them
     * asks for it, so that each may be off by that much.
     *
     * @param head for a request's head, from its first byte (or from the connection's start)
     * @param keepAlive a client's connection without a request
     * @param connect to a backend
     * @param response without any progress while a response's head is awaited: 504, or 408 when the client owes the body
     * @param stream without any progress while a response's body is under way: both connections are closed
     * @param tunnel without a byte in either direction after an upgrade, as with WebSockets
     * @param pooled a connection to a backend without a request
     * @param ejection how long a backend that refused a connection is left out while others are there
     * @param shutdown how long {@link DataPlane#close} waits for requests under way
     * @param wake how long a request waits for its app to wake: then 503
     */
    public record Timeouts(
            Duration head,
            Duration keepAlive,
            Duration connect,
            Duration response,
            Duration stream,
            Duration tunnel,
            Duration pooled,
            Duration ejection,
            Duration shutdown,
            Duration wake) {
        public static final Timeouts DEFAULT = new Timeouts(
                Duration.ofSeconds(10),
                Duration.ofSeconds(75),
                Duration.ofSeconds(3),
                Duration.ofSeconds(60),
                Duration.ofMinutes(10),
                Duration.ofHours(1),
                Duration.ofSeconds(30),
                Duration.ofSeconds(2),
                Duration.ofSeconds(2),
                Duration.ofSeconds(30));

        public Timeouts {
            for (Duration each :
                    List.of(head, keepAlive, connect, response, stream, tunnel, pooled, ejection, shutdown, wake)) {
                if (!each.isPositive()) {
                    throw new IllegalArgumentException("the timeout " + each + " is not positive");
                }
            }
        }

        public Timeouts withShutdown(Duration limit) {
            return new Timeouts(head, keepAlive, connect, response, stream, tunnel, pooled, ejection, limit, wake);
        }

        public Timeouts withWake(Duration limit) {
            return new Timeouts(head, keepAlive, connect, response, stream, tunnel, pooled, ejection, shutdown, limit);
        }
    }
}
