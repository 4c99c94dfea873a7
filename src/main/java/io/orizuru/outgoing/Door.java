package io.orizuru.outgoing;

import io.orizuru.config.Network;
import io.orizuru.outgoing.OutgoingFailure.Rule;
import io.orizuru.socket.UnixSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The one door for calls to the outside. A name is looked up once for each connection, all its addresses are judged, and the
 * connection goes to one of exactly these: nothing behind this class resolves a name again, on redirects neither. A name of
 * which any address is forbidden is refused as a whole, since nobody with good intentions mixes them.
 *
 * <p>Proxies of the environment are not used: they would decide where a call goes after it was judged. Each call has a
 * connection of its own, so none inherits another one's certificates, and none is lost to a connection that went stale.
 *
 * <p>Blocking; meant for virtual threads. Safe for use by many.
 */
public final class Door {
    /** A name with more addresses than this is given up after that many did not answer. */
    private static final int ADDRESSES_TRIED = 8;

    private static final int LOOKUPS_AT_ONCE = 16;
    private static final int LOOKUPS_WAITING = 256;

    private final Limits limits;
    private final Reach reach;
    private final Resolver resolver;
    /** Where all calls go, whatever their address says; null lets that decide. */
    private final @Nullable Path socket;

    /** Threads of the platform: looking up a name blocks one in native code, and a slow DNS would use up all carriers. */
    private final ThreadPoolExecutor lookups = new ThreadPoolExecutor(
            LOOKUPS_AT_ONCE,
            LOOKUPS_AT_ONCE,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(LOOKUPS_WAITING),
            Thread.ofPlatform().daemon().name("outgoing-lookup-", 0).factory());

    /**
     * What holds where a call does not say otherwise.
     *
     * @param connect for looking up a name, and for each attempt to connect
     * @param idle how long a peer may be silent
     * @param whole for a call to its answer's last byte
     * @param answerBytes of an answer's body
     * @param redirects that are followed
     */
    public record Limits(Duration connect, Duration idle, Duration whole, long answerBytes, int redirects) {
        public Limits {
            if (!connect.isPositive() || !idle.isPositive() || !whole.isPositive()) {
                throw new IllegalArgumentException(
                        "the times of the limits are not all positive: " + connect + ", " + idle + ", " + whole);
            }
            if (answerBytes < 0 || redirects < 0) {
                throw new IllegalArgumentException(
                        "the limits are negative: " + answerBytes + " bytes, " + redirects + " redirects");
            }
        }

        /** 10 s to connect, 30 s of silence, 60 s for all, 10 MiB, 5 redirects. */
        public static Limits standard() {
            return new Limits(
                    Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60), 10L * 1024 * 1024, 5);
        }
    }

    /**
     * A door.
     *
     * @param allowed networks that may be called beyond the public ones. The metadata services of clouds are opened only by
     *     an entry for exactly their address.
     */
    public Door(Limits limits, List<Network> allowed, Resolver resolver) {
        this(limits, allowed, resolver, null);
    }

    private Door(Limits limits, List<Network> allowed, Resolver resolver, @Nullable Path socket) {
        this.limits = limits;
        this.reach = new Reach(allowed);
        this.resolver = resolver;
        this.socket = socket;
        lookups.allowCoreThreadTimeOut(true);
    }

    /** A door to one program of this machine, which listens on a Unix socket; addresses that are called are only names. */
    public static Door to(Path socket, Limits limits) {
        return new Door(limits, List.of(), Resolver.system(), socket);
    }

    /** Calls, and keeps the whole answer in memory. */
    public Answer call(Call call) throws OutgoingFailure {
        try (Exchange exchange = open(call)) {
            return new Answer(
                    exchange.head(),
                    HeldAnswers.read(
                            exchange.body(),
                            String.valueOf(URI.create(call.address()).getHost())));
        } catch (OutgoingFailure e) {
            throw e;
        } catch (IOException e) {
            throw new IllegalStateException("a body fails with OutgoingFailure only", e);
        }
    }

    /**
     * Calls, and writes the body as it comes. Whatever the status: it is for the caller to look at it afterwards.
     *
     * @throws OutgoingFailure if the call fails; the sink may have got a part
     * @throws IOException if the sink fails
     */
    public AnswerHead copy(Call call, OutputStream sink) throws IOException {
        try (Exchange exchange = open(call)) {
            exchange.body().transferTo(sink);
            return exchange.head();
        }
    }

    /**
     * Calls, and writes the body into a file, which is replaced if it exists and removed if this fails.
     *
     * @throws OutgoingFailure if the call fails
     * @throws IOException if the file cannot be written
     */
    public AnswerHead save(Call call, Path file) throws IOException {
        boolean complete = false;
        try (Exchange exchange = open(call);
                OutputStream sink = Files.newOutputStream(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            exchange.body().transferTo(sink);
            complete = true;
            return exchange.head();
        } finally {
            if (!complete) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Calls, and hands out the answer once its head is there. The caller closes it. */
    public Exchange open(Call call) throws OutgoingFailure {
        Request request = Request.first(call);
        int allowedRedirects = Objects.requireNonNullElse(call.redirects(), limits.redirects());
        long answerLimit = Objects.requireNonNullElse(call.answerLimit(), limits.answerBytes());
        Duration silence = Objects.requireNonNullElse(call.silence(), limits.idle());
        Watch watch = new Watch(Objects.requireNonNullElse(call.timeout(), limits.whole()));
        boolean handedOut = false;
        try {
            for (int redirects = 0; ; redirects++) {
                Exchange exchange = send(request, answerLimit, silence, watch);
                Request next = allowedRedirects == 0 ? null : request.next(exchange.head());
                if (next == null) {
                    handedOut = true;
                    return exchange;
                }
                watch.closeGuarded();
                if (redirects == allowedRedirects) {
                    throw new OutgoingFailure(
                            Rule.REDIRECT,
                            request.target().host().text(),
                            "it redirects more than " + allowedRedirects + " times");
                }
                request = next;
            }
        } finally {
            if (!handedOut) {
                watch.close();
                watch.closeGuarded();
            }
        }
    }

    /**
     * A connection for another protocol, judged and pinned as for HTTP. The caller closes it, and bounds what it reads.
     *
     * @param host a name or a literal address, IPv6 without brackets
     * @param timeout for looking up and connecting; a read may then wait as long as {@link Limits#idle} unless the caller sets
     *     another {@code SO_TIMEOUT}
     */
    public Socket connect(String host, int port, Duration timeout) throws OutgoingFailure {
        HostName name = HostName.parse(host);
        checkPort(host, port);
        try (Watch watch = new Watch(timeout)) {
            return connect(name, port, limits.idle(), watch);
        }
    }

    /**
     * The addresses that a client with its own connections may use, in the order in which they should be tried. It has to
     * connect to these and not to the name.
     */
    public List<InetSocketAddress> resolve(String host, int port) throws OutgoingFailure {
        HostName name = HostName.parse(host);
        checkPort(host, port);
        try (Watch watch = new Watch(limits.connect())) {
            return permitted(name, watch).stream()
                    .map(address -> new InetSocketAddress(address, port))
                    .toList();
        }
    }

    private Exchange send(Request request, long answerLimit, Duration silence, Watch watch) throws OutgoingFailure {
        Target target = request.target();
        Socket socket = connect(target.host(), target.port(), silence, watch);
        Wire wire = new Wire(socket, watch, target.host().text());
        if (target.tls()) {
            wire = wire.secured(target, request.trust());
        }
        return wire.exchange(request, answerLimit);
    }

    private Socket connect(HostName host, int port, Duration silence, Watch watch) throws OutgoingFailure {
        if (socket != null) {
            return connect(socket, host, silence, watch);
        }
        IOException last = null;
        for (InetAddress address :
                permitted(host, watch).stream().limit(ADDRESSES_TRIED).toList()) {
            // Without this, the JVM's own settings may send the connection through a SOCKS proxy.
            Socket opened = new Socket(Proxy.NO_PROXY);
            watch.guard(opened);
            try {
                opened.connect(new InetSocketAddress(address, port), watch.leftMillis(limits.connect()));
                opened.setTcpNoDelay(true);
                opened.setSoTimeout(millis(silence));
                return opened;
            } catch (IOException e) {
                watch.closeGuarded();
                last = e;
            }
            if (watch.expired()) {
                throw watch.failure(host.text(), last);
            }
        }
        String detail = last == null ? "" : ": " + last.getMessage();
        throw new OutgoingFailure(Rule.CONNECTION, host.text(), "no connection to port " + port + detail, last);
    }

    private Socket connect(Path to, HostName host, Duration silence, Watch watch) throws OutgoingFailure {
        try {
            Socket opened = new UnixSocket(to);
            watch.guard(opened);
            opened.connect(opened.getRemoteSocketAddress(), watch.leftMillis(limits.connect()));
            opened.setSoTimeout(millis(silence));
            return opened;
        } catch (IOException e) {
            watch.closeGuarded();
            throw new OutgoingFailure(Rule.CONNECTION, host.text(), "no connection: " + e.getMessage(), e);
        }
    }

    private static int millis(Duration silence) {
        return Math.toIntExact(Math.min(silence.toMillis(), Integer.MAX_VALUE));
    }

    private List<InetAddress> permitted(HostName host, Watch watch) throws OutgoingFailure {
        InetAddress literal = host.literal();
        List<InetAddress> addresses = literal == null ? lookUp(host.text(), watch) : List.of(literal);
        for (InetAddress address : addresses) {
            String refusal = reach.refusal(address);
            if (refusal != null) {
                throw new OutgoingFailure(
                        Rule.DESTINATION,
                        host.text(),
                        "it leads to " + refusal + ", where outgoing calls may not go unless the settings allow it");
            }
        }
        return addresses;
    }

    private List<InetAddress> lookUp(String name, Watch watch) throws OutgoingFailure {
        Future<List<InetAddress>> lookup;
        try {
            lookup = lookups.submit(() -> resolver.resolve(name));
        } catch (RejectedExecutionException e) {
            throw new OutgoingFailure(Rule.RESOLUTION, name, "too many names are being looked up already", e);
        }
        try {
            List<InetAddress> addresses =
                    List.copyOf(lookup.get(watch.leftMillis(limits.connect()), TimeUnit.MILLISECONDS));
            if (addresses.isEmpty()) {
                throw new OutgoingFailure(Rule.RESOLUTION, name, "it has no address");
            }
            return addresses;
        } catch (TimeoutException e) {
            throw new OutgoingFailure(Rule.RESOLUTION, name, "its address was not found in time", e);
        } catch (ExecutionException e) {
            String why = e.getCause() instanceof UnknownHostException ? "it has no address" : "it cannot be looked up";
            throw new OutgoingFailure(Rule.RESOLUTION, name, why, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutgoingFailure(Rule.TIME, name, "the call was interrupted", e);
        } finally {
            lookup.cancel(true);
        }
    }

    private static void checkPort(String host, int port) throws OutgoingFailure {
        if (port < 1 || port > 65535) {
            throw new OutgoingFailure(Rule.FORM, host, "the port " + port + " is not between 1 and 65535");
        }
    }
}
