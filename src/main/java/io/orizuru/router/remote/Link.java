package io.orizuru.router.remote;

import io.orizuru.outgoing.Answer;
import io.orizuru.outgoing.OutgoingFailure;
import io.orizuru.outgoing.Trust;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Traffic;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.DataPlane.Named;
import io.orizuru.router.builtin.DataPlane.NamedCertificates;
import io.orizuru.router.remote.Wire.Absent;
import io.orizuru.router.remote.Wire.AppAtRouter;
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
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The way to one router that runs apart. It is live until it does not answer, and away until it does again; nobody waits
 * for one that is away. A thread compares what it has with what it should have every second, so that nothing that was
 * missed stays missed.
 */
final class Link {
    private static final Logger LOG = Logger.getLogger(Link.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration ANSWER = AdminCalls.ANSWER;
    /** A router that is started anew is worth waiting for: it would serve by its old routes for a moment. */
    private static final Duration COMES_BACK = Duration.ofSeconds(5);

    /** How long the router may wait for something to tell. */
    private static final Duration CALL = Duration.ofSeconds(10);

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(100);

    /** With their chains some megabytes. */
    private static final int CERTIFICATES_AT_ONCE = 1000;

    private final AdminCalls calls;
    /** What the router should have. */
    private final DataPlane mirror;

    private final Thread looker;
    private final Thread listener;
    private volatile boolean closed;
    private volatile @Nullable String trouble = "it was not asked yet";

    /** Of what follows, and of the order of pushes: each sends what is to be at that moment. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Which units are absent; null while nobody has said anything. */
    private volatile @Nullable Absent absent;

    private final Balance<Named> routes;
    private final Balance<NamedCertificates> certificates;
    private boolean theirsComplete;
    private String tag = "";

    Link(URI admin, Credential credential, Trust trust, DataPlane mirror) {
        this.calls = new AdminCalls(admin, credential, trust);
        this.mirror = mirror;
        this.routes = new Balance<>(
                () -> mirror.routes().routes(),
                Known::of,
                known -> new Named(known.router(), new AppRoutes(known.app(), known.epoch(), Set.of(), List.of())));
        this.certificates = new Balance<>(
                () -> mirror.certificates().certificates(),
                Known::of,
                known -> new NamedCertificates(
                        known.router(), new AppCertificates(known.app(), known.epoch(), List.of())));
        this.looker = Thread.ofVirtual().name("router-link").unstarted(this::lookOn);
        this.listener = Thread.ofVirtual().name("router-calls").unstarted(this::listen);
    }

    URI admin() {
        return calls.admin();
    }

    /** Why the router is away; null when it is live. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Apps whose routes or certificates it has not got yet. */
    int owed() {
        lock.lock();
        try {
            return routes.owed() + certificates.owed();
        } finally {
            lock.unlock();
        }
    }

    void start() {
        looker.start();
        listener.start();
    }

    void close() {
        closed = true;
        looker.interrupt();
        listener.interrupt();
    }

    private void lookOn() {
        while (!closed) {
            try {
                Thread.sleep(LOOK);
                look();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                LOG.error("the router at " + calls + " could not be brought up to date", e);
            }
        }
    }

    /** Hears which sleeping apps the router's visitors want to see, for as long as it is live. */
    private void listen() {
        while (!closed) {
            try {
                if (trouble != null) {
                    Thread.sleep(LOOK);
                    continue;
                }
                AwaitWakes wait = new AwaitWakes(CALL.toMillis());
                calls.post(Wire.WAKES, wait, CALL.plus(ANSWER), Called.class)
                        .apps()
                        .forEach(mirror.wakes()::call);
            } catch (InterruptedException e) {
                return;
            } catch (IOException e) {
                // Whether it is away is found out by the looker.
                LOG.debugf("the router at %s does not tell who is called for: %s", calls, e.getMessage());
                pause();
            } catch (RuntimeException | Error e) {
                LOG.error("the router at " + calls + " could not be listened to", e);
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            // The loop sees that it is closed.
            Thread.currentThread().interrupt();
        }
    }

    /** Asks what the router has and sends what it lacks. */
    void look() {
        lock.lock();
        try {
            ask();
            List<NamedCertificates> certificatesLacking = certificates.lacking();
            for (int from = 0; from < certificatesLacking.size(); from += CERTIFICATES_AT_ONCE) {
                int to = Math.min(certificatesLacking.size(), from + CERTIFICATES_AT_ONCE);
                send(List.of(), certificatesLacking.subList(from, to), false);
                tag = "";
            }
            List<Named> lacking = routes.lacking();
            if (!lacking.isEmpty() || !theirsComplete) {
                send(lacking, List.of(), true);
                // What was owed is told; what it has now is asked for the next time.
                tag = "";
            }
            isLive();
            tellAbsent();
        } catch (IOException e) {
            isAway(e);
        } finally {
            lock.unlock();
        }
    }

    private void ask() throws IOException {
        Answer answer = calls.get(Wire.TABLE, tag);
        if (answer.status() == 304) {
            return;
        }
        Holding holding = calls.read(answer, Holding.class);
        routes.theyHave(holding.apps());
        certificates.theyHave(holding.certificates());
        theirsComplete = holding.complete();
        tag = answer.header("ETag").orElse("");
    }

    /**
     * Tells a live router what an app's routes are now; waits for its answer, and a little for one that just goes away.
     *
     * @return what it refused
     */
    List<Known> push(AppAtRouter key) {
        Set<AppAtRouter> keys = Set.of(key);
        return push(routes, keys, () -> send(routes.of(keys), List.of(), false));
    }

    /** Tells a live router what these apps' certificates are now; waits as {@link #push(AppAtRouter)} does. */
    void pushCertificates(Set<AppAtRouter> keys) {
        push(certificates, keys, () -> send(List.of(), certificates.of(keys), false));
    }

    /** Notes which units are absent; {@link #tellAbsent} sends it, and so does every look. */
    void owe(Absent now) {
        absent = now;
    }

    /** Tells a live router which units are absent. */
    void tellAbsent() {
        if (trouble != null) {
            return;
        }
        lock.lock();
        try {
            sendAbsent();
        } catch (IOException e) {
            LOG.debugf("the router at %s does not hear which units are absent: %s", calls, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    private void sendAbsent() throws IOException {
        Absent now = absent;
        if (now == null) {
            return;
        }
        calls.post(Wire.ABSENT, now, ANSWER, Heard.class);
        if (now.units().isEmpty() && now.equals(absent)) {
            absent = null; // Nothing has to be said again.
        }
    }

    private interface Sending {
        List<Known> send() throws IOException;
    }

    private List<Known> push(Balance<?> balance, Set<AppAtRouter> keys, Sending sending) {
        lock.lock();
        try {
            balance.owe(keys);
            long deadline = System.nanoTime() + COMES_BACK.toNanos();
            while (trouble == null) {
                try {
                    return sending.send();
                } catch (OutgoingFailure e) {
                    if (e.rule() != OutgoingFailure.Rule.CONNECTION || System.nanoTime() > deadline) {
                        isAway(e);
                    } else {
                        Thread.sleep(BETWEEN_TRIES);
                    }
                } catch (IOException e) {
                    isAway(e);
                }
            }
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    /** @param all whether the router has all there are then */
    private List<Known> send(List<Named> some, List<NamedCertificates> certified, boolean all) throws IOException {
        Refused refused = calls.post(Wire.TABLE, new Push(all, some, certified), ANSWER, Refused.class);
        routes.told(some);
        certificates.told(certified);
        return refused.apps();
    }

    /** Whether no request is under way at the backends; one that is away is not waited for, and counts as idle. */
    boolean awaitIdle(Set<Backend> backends, Duration limit) {
        if (trouble != null) {
            return true;
        }
        try {
            return calls.post(Wire.IDLE, new AwaitIdle(backends, limit.toMillis()), limit.plus(ANSWER), Idle.class)
                    .idle();
        } catch (IOException e) {
            LOG.warnf("the router at %s does not tell whether requests are under way: %s", calls, e.getMessage());
            return true;
        }
    }

    /** What the router saw of the requests to an app's units; empty when it is away or of a make that does not tell. */
    Optional<Traffic> traffic(String app) {
        if (trouble != null) {
            return Optional.empty();
        }
        try {
            return Optional.of(calls.post(Wire.TRAFFIC, new TrafficOf(app), ANSWER, Traffic.class));
        } catch (IOException e) {
            LOG.warnf("the router at %s does not tell what it saw of %s: %s", calls, app, e.getMessage());
            return Optional.empty();
        }
    }

    private void isLive() {
        if (trouble != null) {
            trouble = null;
            LOG.infof("the router at %s has its routes", calls);
        }
    }

    private void isAway(IOException cause) {
        String reason = String.valueOf(cause.getMessage());
        if (!reason.equals(trouble)) {
            LOG.warnf("the router at %s is away, and gets its routes when it is back: %s", calls, reason);
        }
        trouble = reason;
        tag = "";
    }
}
