package io.orizuru.router.builtin;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop owns: its kept backend connections and the deadlines of all that lives on it. Deadlines are looked
 * at together, now and then, because a timer per request costs more than many requests do.
 */
final class Loop {
    private static final Duration LONGEST_TICK = Duration.ofSeconds(1);
    private static final Duration SHORTEST_TICK = Duration.ofMillis(10);

    private final DataPlane plane;
    private final EventLoop executor;
    private final Bootstrap bootstrap;
    private final Map<Upstream, ArrayDeque<BackendConnection>> idle = new HashMap<>();
    private final Set<Watched> watched = new LinkedHashSet<>();
    private long now = System.nanoTime();

    Loop(DataPlane plane, EventExecutor executor) {
        this.plane = plane;
        this.executor = (EventLoop) executor;
        this.bootstrap = new Bootstrap()
                .group(this.executor)
                .channel(Transport.connection())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        plane.options().timeouts().connect().toMillis());
    }

    void start() {
        long tick = tick(plane.options().timeouts()).toNanos();
        var unused = executor.scheduleWithFixedDelay(this::look, tick, tick, TimeUnit.NANOSECONDS);
    }

    private static Duration tick(BuiltinRouter.Timeouts timeouts) {
        Duration shortest = Stream.of(
                        timeouts.head(),
                        timeouts.keepAlive(),
                        timeouts.response(),
                        timeouts.stream(),
                        timeouts.wake(),
                        timeouts.pooled())
                .min(Duration::compareTo)
                .orElse(LONGEST_TICK)
                .dividedBy(4);
        if (shortest.compareTo(SHORTEST_TICK) < 0) {
            return SHORTEST_TICK;
        }
        return shortest.compareTo(LONGEST_TICK) > 0 ? LONGEST_TICK : shortest;
    }

    private void look() {
        now = System.nanoTime();
        snapshot().forEach(this::check);
    }

    /** What fails to be checked is closed; an exception here would end all deadlines of this loop. */
    private void check(Watched each) {
        try {
            each.check(now);
        } catch (RuntimeException e) {
            DataPlane.reportIfBug(e);
            each.close();
        }
    }

    private List<Watched> snapshot() {
        return List.copyOf(watched);
    }

    /** {@link System#nanoTime} as of the last look: exact enough for deadlines, and free. */
    long now() {
        return now;
    }

    void watch(Watched each) {
        watched.add(each);
    }

    void unwatch(Watched each) {
        watched.remove(each);
    }

    /** Does something on this loop, after what it does now. */
    void execute(Runnable task) {
        executor.execute(task);
    }

    void closeIdle() {
        onLoop(Watched::closeIfIdle);
    }

    void closeAll() {
        onLoop(Watched::close);
    }

    private void onLoop(Consumer<Watched> action) {
        executor.execute(() -> snapshot().forEach(action));
    }

    /**
     * Opens a connection to a backend; the outcome is told to the exchange on this loop, possibly before this returns.
     */
    void connect(Upstream upstream, Exchange exchange) {
        BackendConnection connection = new BackendConnection(plane, this, upstream);
        ChannelFuture connecting = bootstrap.clone().handler(connection).connect(upstream.address);
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                exchange.connected(connection);
            } else {
                exchange.connectFailed(done.cause());
            }
        });
    }

    /**
     * Takes the kept connection that was used last.
     *
     * @param maxIdle one that was idle for longer stays where it is
     */
    @Nullable
    BackendConnection takeIdle(Upstream upstream, Duration maxIdle) {
        ArrayDeque<BackendConnection> kept = idle.get(upstream);
        if (kept == null) {
            return null;
        }
        BackendConnection last = kept.peekLast();
        if (last == null || System.nanoTime() - last.idleSince() > maxIdle.toNanos()) {
            return null;
        }
        kept.removeLast();
        return last;
    }

    void keep(BackendConnection connection) {
        idle.computeIfAbsent(connection.upstream(), unused -> new ArrayDeque<>())
                .addLast(connection);
    }

    /** Forgets a connection that is closed. */
    void forget(BackendConnection connection) {
        ArrayDeque<BackendConnection> kept = idle.get(connection.upstream());
        if (kept != null && kept.remove(connection) && kept.isEmpty()) {
            idle.remove(connection.upstream());
        }
    }

    void closeConnectionsTo(Collection<Upstream> retired) {
        executor.execute(() -> retired.forEach(upstream -> {
            // It may be in use again by now; then its connections are as good as new ones.
            ArrayDeque<BackendConnection> kept = upstream.isRetired() ? idle.remove(upstream) : null;
            if (kept != null) {
                kept.forEach(BackendConnection::close);
            }
        }));
    }
}
