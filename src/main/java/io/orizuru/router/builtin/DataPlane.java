package io.orizuru.router.builtin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.orizuru.config.Endpoint;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Traffic;
import io.orizuru.router.Wakes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A listener and the routes it serves, shared by the {@link BuiltinRouter}s that publish theirs to it.
 *
 * <p>It has event loops of its own: nothing that the control plane does on its loops can hold up the apps' requests.
 */
public final class DataPlane implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DataPlane.class.getName());
    private static final Duration BIND_LIMIT = Duration.ofSeconds(10);

    /** How many apps without routes are remembered by their epoch; the ones that were removed first are forgotten. */
    private static final int REMEMBERED = 10_000;

    private record RouteKey(String router, String app) {}

    /**
     * The routes of an app at one of the routers that share the plane.
     *
     * @param router the router's name
     */
    public record Named(String router, AppRoutes routes) {}

    /**
     * All routes at one moment.
     *
     * @param revision grows with every change
     * @param routes in the order in which they were applied; apps that were removed stand there without hosts and backends
     */
    public record Table(long revision, List<Named> routes) {}

    /**
     * The certificates of an app at one of the routers that share the plane.
     *
     * @param router the router's name
     */
    public record NamedCertificates(String router, AppCertificates certificates) {}

    /**
     * All certificates at one moment.
     *
     * @param revision grows with every change
     * @param certificates in the order in which they were applied; apps that lost theirs stand there without any
     */
    public record CertificateTable(long revision, List<NamedCertificates> certificates) {}

    /** Of this plane among all that ever were: whoever adds up what planes counted must know which is which. */
    private final String life = UUID.randomUUID().toString();

    private final BuiltinRouter.Options options;
    private final Counters counters = new Counters();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger exchanges = new AtomicInteger();
    private final Wakes wakes = new Wakes();
    /** Requests that wait for an app to wake. */
    private final Set<Exchange> held = ConcurrentHashMap.newKeySet();

    /** The one thing that every request reads. */
    private volatile RouteTable table = RouteTable.EMPTY;

    private final ReentrantLock routesLock = new ReentrantLock();
    /** In the order in which they were applied. */
    private final LinkedHashMap<RouteKey, RouteTable.Entry> entries = new LinkedHashMap<>();

    private final Map<RouteKey, Long> highestEpochs = new HashMap<>();
    private long revision;
    private final Map<Upstream.Key, Upstream> upstreams = new HashMap<>();

    private final ReentrantLock idleLock = new ReentrantLock();
    private final Condition becameIdle = idleLock.newCondition();
    private final AtomicInteger waitingForIdle = new AtomicInteger();

    private final ReentrantLock lifecycle = new ReentrantLock();
    private @Nullable EventLoopGroup group;
    private @Nullable Channel listener;
    private @Nullable Channel tlsListener;
    private List<Loop> loops = List.of();
    private volatile boolean closing;
    private volatile boolean incomplete;

    private final HeldCertificates certificates;
    private final Absences absences = new Absences();

    public DataPlane(BuiltinRouter.Options options) {
        this.options = options;
        this.certificates = new HeldCertificates(options.tlsListen() != null);
    }

    /**
     * Listens; does nothing when it does already.
     *
     * @return the bound port
     * @throws IOException when the address cannot be bound
     * @throws IllegalStateException after {@link #close}
     */
    public int start() throws IOException {
        int port = listen();
        accept();
        return port;
    }

    /**
     * As {@link #start}, but nobody is let in before {@link #accept}: who comes earlier waits, instead of being told that an
     * app is not here whose routes are only not here yet.
     */
    public int listen() throws IOException {
        lifecycle.lock();
        try {
            if (closing) {
                throw new IllegalStateException("the router's listener on " + options.listen() + " was closed");
            }
            if (listener == null) {
                listener = bindAll();
            }
            return ((InetSocketAddress) listener.localAddress()).getPort();
        } finally {
            lifecycle.unlock();
        }
    }

    /** Lets in who waits, and who comes. */
    public void accept() {
        lifecycle.lock();
        try {
            if (listener != null) {
                listener.config().setAutoRead(true);
            }
            if (tlsListener != null) {
                tlsListener.config().setAutoRead(true);
            }
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * Where it listens for TLS.
     *
     * @return 0 when it does not
     */
    public int tlsPort() {
        lifecycle.lock();
        try {
            return tlsListener == null ? 0 : ((InetSocketAddress) tlsListener.localAddress()).getPort();
        } finally {
            lifecycle.unlock();
        }
    }

    /** @return the listener for cleartext */
    private Channel bindAll() throws IOException {
        EventLoopGroup eventLoops =
                Transport.group(options.eventLoops(), new DefaultThreadFactory("orizuru-router", true));
        Map<EventExecutor, Loop> byExecutor = new HashMap<>();
        eventLoops.forEach(executor -> byExecutor.put(executor, new Loop(this, executor)));
        boolean whole = false;
        Channel plain = null;
        try {
            plain = bind(eventLoops, byExecutor, options.listen(), false);
            Endpoint tls = options.tlsListen();
            tlsListener = tls == null ? null : bind(eventLoops, byExecutor, tls, true);
            whole = true;
        } finally {
            if (!whole) {
                if (plain != null) {
                    plain.close().awaitUninterruptibly(BIND_LIMIT.toMillis());
                }
                var unused = eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            }
        }
        group = eventLoops;
        loops = List.copyOf(byExecutor.values());
        loops.forEach(Loop::start);
        return plain;
    }

    private Channel bind(EventLoopGroup eventLoops, Map<EventExecutor, Loop> byExecutor, Endpoint listen, boolean tls)
            throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(listen.host()), listen.port());
        ChannelFuture bound = new ServerBootstrap()
                .group(eventLoops)
                .channel(Transport.listener())
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ClientConnections(this, Map.copyOf(byExecutor), tls))
                .bind(address);
        if (!bound.awaitUninterruptibly(BIND_LIMIT.toMillis()) || !bound.isSuccess()) {
            throw new IOException("the router cannot listen on " + listen + (tls ? " for TLS" : ""), bound.cause());
        }
        return bound.channel();
    }

    /** Takes no new connections, so that another one may listen there. */
    public void stopListening() {
        lifecycle.lock();
        try {
            closing = true;
            if (listener != null) {
                listener.close().awaitUninterruptibly(BIND_LIMIT.toMillis());
            }
            if (tlsListener != null) {
                tlsListener.close().awaitUninterruptibly(BIND_LIMIT.toMillis());
                tlsListener = null;
            }
        } finally {
            lifecycle.unlock();
        }
    }

    /** Stops listening, waits a while for requests under way, then closes all connections. */
    @Override
    public void close() {
        lifecycle.lock();
        try {
            stopListening();
            if (listener == null || group == null) {
                return;
            }
            held.forEach(Exchange::routesChanged);
            loops.forEach(Loop::closeIdle);
            awaitIdle(options.timeouts().shutdown(), () -> exchanges.get() == 0);
            loops.forEach(Loop::closeAll);
            group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
            listener = null;
            group = null;
        } finally {
            lifecycle.unlock();
        }
    }

    public Snapshot snapshot() {
        return counters.snapshot(connections.get(), exchanges.get());
    }

    /** See {@link BuiltinRouter#apply}. */
    void apply(String router, AppRoutes routes) {
        for (Named refused : applyAll(List.of(new Named(router, routes)))) {
            throw new StaleEpochException(
                    routes.app(), routes.epoch(), refused.routes().epoch());
        }
    }

    /**
     * Makes routes of many apps so, in one switch; see {@link BuiltinRouter#apply}.
     *
     * @return those with an epoch lower than the highest seen for their app, each with that epoch and without hosts:
     *     nothing has changed for them
     * @throws IllegalArgumentException when a host is not a host name or a backend's host not an IP address; nothing has
     *     changed then
     */
    public List<Named> applyAll(List<Named> all) {
        List<Named> refused = new ArrayList<>();
        List<Upstream> retired;
        routesLock.lock();
        try {
            LinkedHashMap<RouteKey, RouteTable.Entry> changed = new LinkedHashMap<>(entries);
            Map<RouteKey, Long> epochs = new HashMap<>();
            Map<Upstream.Key, Upstream> added = new HashMap<>();
            for (Named each : all) {
                AppRoutes routes = each.routes();
                RouteKey key = new RouteKey(each.router(), routes.app());
                long highest = epochs.getOrDefault(key, highestEpochs.getOrDefault(key, Long.MIN_VALUE));
                if (routes.epoch() < highest) {
                    refused.add(new Named(each.router(), new AppRoutes(routes.app(), highest, Set.of(), List.of())));
                    continue;
                }
                epochs.put(key, routes.epoch());
                changed.remove(key);
                addTargets(routes, added);
                if (!routes.hosts().isEmpty()) {
                    changed.putLast(key, entry(routes, added));
                }
            }
            RouteTable next = RouteTable.of(changed.values());
            upstreams.putAll(added);
            entries.clear();
            entries.putAll(changed);
            highestEpochs.putAll(epochs);
            forgetRemoved();
            revision++;
            table = next;
            retired = retireUnused();
        } finally {
            routesLock.unlock();
        }
        if (!retired.isEmpty()) {
            loops.forEach(loop -> loop.closeConnectionsTo(retired));
        }
        held.forEach(Exchange::routesChanged);
        return refused;
    }

    /**
     * Makes certificates of many apps so, in one switch. Connections that are open go on; a certificate that cannot be used
     * is told in the log, and not shown.
     *
     * @return those with an epoch lower than the highest seen for their app, each with that epoch and without certificates:
     *     nothing has changed for them
     */
    public List<NamedCertificates> applyCertificates(List<NamedCertificates> changes) {
        return certificates.apply(changes);
    }

    /** All routers' certificates, from which {@link #applyCertificates} makes the same again. */
    public CertificateTable certificates() {
        return certificates.table();
    }

    /** See {@link BuiltinRouter#observeCertificates}. */
    List<AppCertificates> certificates(String router) {
        return certificates.of(router);
    }

    /** What visitors of a host are shown; null when there is nothing. */
    @Nullable
    SslContext certificateOf(String host) {
        return certificates.find(host);
    }

    private void forgetRemoved() {
        if (highestEpochs.size() - entries.size() <= 2 * REMEMBERED) {
            return;
        }
        List<RouteKey> oldestFirst = highestEpochs.entrySet().stream()
                .filter(each -> !entries.containsKey(each.getKey()))
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        oldestFirst.subList(0, oldestFirst.size() - REMEMBERED).forEach(highestEpochs::remove);
    }

    /** All routers' routes, from which {@link #applyAll} makes the same table again. */
    public Table routes() {
        routesLock.lock();
        try {
            List<Named> all = new ArrayList<>();
            highestEpochs.forEach((key, epoch) -> {
                if (!entries.containsKey(key)) {
                    all.add(new Named(key.router(), new AppRoutes(key.app(), epoch, Set.of(), List.of())));
                }
            });
            entries.forEach((key, entry) -> all.add(new Named(key.router(), entry.routes())));
            return new Table(revision, all);
        } finally {
            routesLock.unlock();
        }
    }

    /**
     * Says whether the routes may lack some app's. While they may, a host that nobody answers to gets 503, for the app
     * may be there, and not 404.
     */
    public void incomplete(boolean value) {
        incomplete = value;
    }

    boolean isIncomplete() {
        return incomplete;
    }

    /** The backends' places, known ones as they are. */
    private void addTargets(AppRoutes routes, Map<Upstream.Key, Upstream> targets) {
        addTargets(routes.backends(), targets);
        routes.parts().forEach(part -> addTargets(part.backends(), targets));
        AppRoutes.Asleep asleep = routes.asleep();
        if (asleep != null) {
            addTargets(asleep.proxy(), targets);
        }
    }

    private void addTargets(List<Backend> backends, Map<Upstream.Key, Upstream> targets) {
        for (Backend backend : backends) {
            Upstream.Key key = Upstream.Key.of(backend);
            Upstream known = upstreams.get(key);
            targets.computeIfAbsent(key, absent -> known == null ? new Upstream(absent, absences) : known);
        }
    }

    private static RouteTable.Entry entry(AppRoutes routes, Map<Upstream.Key, Upstream> targets) {
        List<BackendSet> parts = routes.parts().stream()
                .map(part -> part.backends().isEmpty()
                        ? standIns(routes, targets)
                        : new BackendSet(inOrder(part.backends(), targets), null))
                .toList();
        List<Backend> units = routes.backends();
        List<Integer> versions = units.stream().map(Backend::version).toList();
        BackendSet backends = units.isEmpty()
                ? standIns(routes, targets)
                : new BackendSet(inOrder(units, targets), versions, routes.weights());
        return new RouteTable.Entry(routes, backends, parts);
    }

    /** Where no unit is, those that answer for a sleeping app stand in. */
    private static BackendSet standIns(AppRoutes routes, Map<Upstream.Key, Upstream> targets) {
        AppRoutes.Asleep asleep = routes.asleep();
        return asleep == null
                ? new BackendSet(List.of(), null)
                : new BackendSet(inOrder(asleep.proxy(), targets), new BackendSet.Sleep(routes.app(), asleep));
    }

    private static List<Upstream> inOrder(List<Backend> backends, Map<Upstream.Key, Upstream> targets) {
        return backends.stream()
                .map(backend -> Objects.requireNonNull(targets.get(Upstream.Key.of(backend))))
                .toList();
    }

    /** Marks what no route leads to and forgets what is idle besides; returns what was marked just now. */
    private List<Upstream> retireUnused() {
        Set<Upstream> used = new HashSet<>();
        entries.values().forEach(entry -> entry.all().forEach(backends -> used.addAll(backends.upstreams())));
        List<Upstream> retired = new ArrayList<>();
        for (Upstream each : upstreams.values()) {
            boolean unused = !used.contains(each);
            if (unused && !each.isRetired()) {
                retired.add(each);
            }
            each.retire(unused);
        }
        upstreams.values().removeIf(each -> each.isRetired() && each.inFlight() == 0);
        return retired;
    }

    /** See {@link BuiltinRouter#observe}. */
    List<AppRoutes> observe(String router) {
        routesLock.lock();
        try {
            return entries.entrySet().stream()
                    .filter(entry -> entry.getKey().router().equals(router))
                    .map(entry -> entry.getValue().routes())
                    .toList();
        } finally {
            routesLock.unlock();
        }
    }

    /** What was seen of the requests to an app's units that came by the app's own names, not by those of its parts. */
    public Traffic traffic(String app) {
        Map<String, Upstream> ofApp = new LinkedHashMap<>();
        routesLock.lock();
        try {
            entries.forEach((key, entry) -> {
                if (key.app().equals(app)) {
                    for (Backend backend : entry.routes().backends()) {
                        ofApp.put(backend.unit(), Objects.requireNonNull(upstreams.get(Upstream.Key.of(backend))));
                    }
                }
            });
        } finally {
            routesLock.unlock();
        }
        return new Traffic(
                life,
                ofApp.entrySet().stream()
                        .map(unit -> unit.getValue().traffic(unit.getKey()))
                        .toList());
    }

    /** See {@link BuiltinRouter#awaitIdle}; of all routers on this plane. */
    public boolean awaitIdle(Set<Backend> backends, Duration limit) {
        List<Upstream> watched = new ArrayList<>();
        routesLock.lock();
        try {
            for (Backend backend : backends) {
                Upstream upstream = upstreams.get(Upstream.Key.of(backend));
                if (upstream != null) {
                    watched.add(upstream);
                }
            }
        } finally {
            routesLock.unlock();
        }
        return awaitIdle(limit, () -> watched.stream().allMatch(each -> each.inFlight() == 0));
    }

    /**
     * Waits for a condition on the counters that {@link #leave} lowers. The number of waiters is raised before the
     * condition is looked at, and read after a counter was lowered: no wake-up is lost, and nobody locks when nobody waits.
     */
    private boolean awaitIdle(Duration limit, BooleanSupplier idle) {
        long deadline = System.nanoTime() + limit.toNanos();
        waitingForIdle.incrementAndGet();
        idleLock.lock();
        try {
            while (!idle.getAsBoolean()) {
                long left = deadline - System.nanoTime();
                if (left <= 0 || becameIdle.awaitNanos(left) <= 0) {
                    return idle.getAsBoolean();
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return idle.getAsBoolean();
        } finally {
            idleLock.unlock();
            waitingForIdle.decrementAndGet();
        }
    }

    /**
     * Sends nothing to these units, from now on and for some seconds; it is to be said again for as long as it is so.
     *
     * @param teller who says so; what it said before is void
     */
    public void absent(String teller, Set<String> units) {
        absences.say(teller, units);
    }

    /** Whether any app answers to the host. */
    boolean knows(String host) {
        return table.find(host) != null;
    }

    /** Whether a request for the host counts in {@link #traffic}. */
    boolean measures(String host) {
        BackendSet backends = table.find(host);
        return backends != null && backends.isMeasured();
    }

    /** How the app of a host sleeps; null when it does not, or there is none. */
    BackendSet.@Nullable Sleep sleepOf(String host) {
        BackendSet backends = table.find(host);
        return backends == null ? null : backends.sleep();
    }

    /** Where this plane calls for apps that are asleep and have visitors. */
    public Wakes wakes() {
        return wakes;
    }

    /**
     * Keeps a request, which is told of every change of routes from now on, until {@link #letGo}.
     *
     * @return false when too many are kept already, or this plane is closing
     */
    boolean hold(Exchange exchange) {
        if (closing || held.size() >= options.limits().held()) {
            return false;
        }
        return held.add(exchange);
    }

    /** How many requests wait for apps to wake. */
    int held() {
        return held.size();
    }

    void letGo(Exchange exchange) {
        held.remove(exchange);
    }

    /**
     * Chooses a backend for a request and counts the request there, until {@link #leave}. A backend that a switch has
     * removed is never returned after the switch has: the table is read again once the request is counted.
     *
     * @param tried backends that failed this request already
     * @return null when no app answers to the host or none of its backends is left
     */
    @Nullable
    Upstream enter(String host, List<Upstream> tried) {
        while (true) {
            RouteTable seen = table;
            BackendSet backends = seen.find(host);
            Upstream chosen = backends == null ? null : backends.choose(tried);
            if (backends == null || chosen == null) {
                return null;
            }
            chosen.enter();
            if (table == seen) {
                exchanges.incrementAndGet();
                BackendSet.Sleep sleep = backends.sleep();
                if (sleep != null && sleep.as().wakes()) {
                    wakes.call(sleep.app());
                }
                return chosen;
            }
            wakeWhenIdle(chosen.leave());
        }
    }

    /** The request that {@link #enter} counted is over. */
    void leave(Upstream upstream) {
        boolean idle = upstream.leave();
        wakeWhenIdle(exchanges.decrementAndGet() == 0 || idle);
    }

    private void wakeWhenIdle(boolean idle) {
        if (idle && waitingForIdle.get() > 0) {
            idleLock.lock();
            try {
                becameIdle.signalAll();
            } finally {
                idleLock.unlock();
            }
        }
    }

    /** @return false when there are too many already */
    boolean connectionOpened() {
        if (connections.incrementAndGet() > options.limits().connections()) {
            connections.decrementAndGet();
            counters.connectionsRefused.increment();
            return false;
        }
        counters.connectionsAccepted.increment();
        return true;
    }

    void connectionClosed() {
        connections.decrementAndGet();
    }

    /** Whether connections should end with the request they are serving. */
    boolean isClosing() {
        return closing;
    }

    /**
     * An exception that reached the end of a pipeline. Connections break and clients send nonsense all the time; only what
     * is neither is a bug of ours and worth a line.
     */
    static void reportIfBug(Throwable cause) {
        if (cause instanceof RuntimeException && !(cause instanceof CodecException)) {
            LOG.log(System.Logger.Level.ERROR, "the router closed a connection because of a bug", cause);
        }
    }

    BuiltinRouter.Options options() {
        return options;
    }

    Counters counters() {
        return counters;
    }
}
