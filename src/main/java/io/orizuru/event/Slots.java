package io.orizuru.event;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.orizuru.limit.FairShare;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * The places in which accepted operations run. Teams share them, so that operations of one team that hang are the trouble of
 * that team. One that waits says so in its log, can be cancelled, and waits for a bounded time. Each runs on a thread of the
 * operating system: what operations compute keeps no carrier of virtual threads.
 */
final class Slots {
    private static final Logger LOG = Logger.getLogger(Slots.class);
    private static final Duration TICK = Duration.ofMillis(400);
    /** Whoever waits no longer than that is told nothing. */
    private static final Duration UNTOLD = Duration.ofSeconds(1);

    private static final Duration BETWEEN_WORDS = Duration.ofSeconds(10);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(30);

    private final Settings.Operations limits;
    private final EventStore store;
    private final EventLogStore logs;
    private final Signals signals;
    private final Work work;
    private final FairShare shares;
    /** Operations wait for some of these: an instance that goes for the unbinding of its apps. So they have places of their own. */
    private final FairShare platformShares;
    /** Those that only have to be ended do not wait for those that run. */
    private final FairShare endings;

    private final Set<String> known = ConcurrentHashMap.newKeySet();
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** What is done in a slot. */
    @FunctionalInterface
    interface Work {
        /** @param instead why the operation is to end without having begun; empty to run it */
        void run(String event, String instead);
    }

    Slots(Settings.Operations limits, EventStore store, EventLogStore logs, Signals signals, Work work) {
        this.limits = limits;
        this.store = store;
        this.logs = logs;
        this.signals = signals;
        this.work = work;
        this.shares = new FairShare(limits.atOnce(), limits.atOncePerTeam());
        this.platformShares = new FairShare(limits.atOnce(), limits.atOncePerTeam());
        this.endings = new FairShare(FairShare.part(limits.atOnce()));
    }

    /**
     * Refuses more than may wait.
     *
     * @throws Failure too many
     */
    void admit(Event event) {
        String group = event.group();
        FairShare shares = sharesFor(event);
        int waiting = shares.waiting(group);
        if (waiting >= limits.waitingPerTeam()) {
            throw Failure.tooMany(
                    group + " has " + shares.held(group) + " operations under way and " + waiting
                            + " that wait, which is the limit (operations.waiting-per-team of the settings): wait until"
                            + " some have ended, or cancel some",
                    TRY_AGAIN);
        }
    }

    /** Whether more of the platform's own operations for a team may be accepted. */
    boolean hasRoom(Event event) {
        return sharesFor(event).waiting(event.group()) < limits.waitingPerTeam();
    }

    private FairShare sharesFor(Event event) {
        return event.internal() ? platformShares : shares;
    }

    /** Runs an operation as soon as its team has a slot; does nothing about one that is known here already. */
    void submit(String event) {
        if (!stopping && known.add(event)) {
            Thread.ofVirtual().name("wait-" + event).start(() -> enter(event));
        }
    }

    private void enter(String id) {
        try {
            Optional<Event> found = store.find(id).filter(Event::running);
            if (found.isPresent()) {
                waitAndRun(found.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (DataAccessException | TransactionException e) {
            LOG.warnf("event %s waits until the database answers: %s", id, e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "event %s could not be begun; it is tried again", id);
        } finally {
            cancelled.remove(id);
            known.remove(id);
            signals.raise(id);
        }
    }

    private void waitAndRun(Event event) throws InterruptedException {
        String instead;
        try (FairShare.Place place = sharesFor(event).ask(event.group())) {
            instead = await(place, event);
            if (instead.isEmpty() && !stopping) {
                runHere(event.id(), "");
            }
        }
        if (!instead.isEmpty()) {
            try (FairShare.Place place = endings.ask(event.group())) {
                boolean held = place.isHeld();
                while (!held && !stopping) {
                    held = place.await(TICK);
                }
                if (!stopping) {
                    runHere(event.id(), instead);
                }
            }
        }
    }

    /** Returns when it has its place or the server stops; else why the operation ends instead. */
    private String await(FairShare.Place place, Event event) throws InterruptedException {
        long since = System.nanoTime();
        long told = since + UNTOLD.minus(BETWEEN_WORDS).toNanos();
        int toldBefore = -1;
        while (!stopping && !place.await(TICK)) {
            long now = System.nanoTime();
            if (cancelled.contains(event.id())) {
                return Cancelled.MESSAGE;
            }
            if (now - since > limits.longestWait().toNanos()) {
                return "the operation waited for longer than "
                        + limits.longestWait().toSeconds() + " s for its turn, as " + event.group()
                        + " has as many under way as it may; nothing was done";
            }
            int before = place.before();
            if (before != toldBefore && now - told > BETWEEN_WORDS.toNanos()) {
                toldBefore = before;
                told = now;
                logs.appendWaiting(event, told(sharesFor(event), event.group(), before));
                signals.raise(event.id());
            }
        }
        return "";
    }

    private static String told(FairShare shares, String group, int before) {
        int held = shares.held(group);
        String why = held >= shares.perGroup()
                ? group + " has " + held + " operations under way, as many as it may"
                : "this server has as many operations under way as it may";
        return " ---> Waits for its turn: " + why + "; " + before + " of the same team "
                + (before == 1 ? "comes" : "come") + " before it\n";
    }

    private void runHere(String id, String instead) throws InterruptedException {
        running.add(id);
        try {
            Thread.ofPlatform()
                    .daemon()
                    .name("run-" + id)
                    .start(() -> work.run(id, instead))
                    .join();
        } finally {
            running.remove(id);
        }
    }

    /** Looks which of those that wait somebody has cancelled. */
    void look() {
        List<String> waiting =
                known.stream().filter(id -> !running.contains(id)).toList();
        if (!waiting.isEmpty()) {
            cancelled.addAll(store.cancelAsked(waiting));
        }
    }

    /** Begins nothing more. */
    void stop() {
        stopping = true;
    }

    /** The operations that are known here: they run, or wait. */
    Set<String> known() {
        return Set.copyOf(known);
    }

    /** Those that run. */
    Set<String> running() {
        return Set.copyOf(running);
    }
}
