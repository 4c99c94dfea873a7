package io.orizuru.event;

import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.secret.Vault;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Runs accepted operations: those that this server accepted at once, and those of servers that died when their lease has
 * run out. Each runs in one of the {@link Slots} and under a lease.
 */
@ApplicationScoped
class Runner {
    private static final Logger LOG = Logger.getLogger(Runner.class);
    /** An operation that was begun this often and never ended is given up. */
    private static final int MAX_ATTEMPTS = 4;

    private static final String NOT_BROUGHT_BACK =
            "; what was before could not be brought back and needs an operator: ";

    /** How long going back may take. */
    private static final Duration BRINGING_BACK = Duration.ofMinutes(15);

    private static final Duration LOOK = Duration.ofSeconds(1);
    /** How long operations under way may end by themselves when the server stops. */
    private static final Duration ENDING = Duration.ofSeconds(5);
    /** How long those that did not may take to their next border. */
    private static final Duration HANDING_OVER = Duration.ofSeconds(8);

    private final Database database;
    private final EventStore store;
    private final EventLogStore logs;
    private final Leases leases;
    private final Journal journal;
    private final Signals signals;
    private final Outbox outbox;
    private final Vault vault;
    private final Clock clock;
    private final ServerIdentity server;
    private final Homes homes;
    private final Map<String, ChangeHandler<?>> handlers;
    private final Settings.Operations limits;
    private final Slots slots;
    private volatile boolean stopping;
    private volatile boolean handingOver;
    private final Thread looker = Thread.ofVirtual().name("orphan-look").unstarted(this::look);

    Runner(
            Database database,
            EventStore store,
            EventLogStore logs,
            Leases leases,
            Journal journal,
            Signals signals,
            Outbox outbox,
            Vault vault,
            Clock clock,
            ServerIdentity server,
            Homes homes,
            Settings settings,
            @All List<ChangeHandler<?>> handlers) {
        this.database = database;
        this.store = store;
        this.logs = logs;
        this.leases = leases;
        this.journal = journal;
        this.signals = signals;
        this.outbox = outbox;
        this.vault = vault;
        this.clock = clock;
        this.server = server;
        this.homes = homes;
        this.limits = settings.operations();
        this.slots = new Slots(limits, store, logs, signals, this::attempt);
        this.handlers = handlers.stream().collect(Collectors.toMap(ChangeHandler::kind, Function.identity()));
    }

    void start(@Observes @Priority(5000) StartupEvent started) {
        looker.start();
    }

    void stop(@Observes @Priority(1000) ShutdownEvent stopped) {
        handOver();
    }

    /**
     * Begins no operation any more. Those under way get a while to end; then each stops at its next border and gives its
     * lease back, so that whoever is there, or comes next, goes on at once. One that reaches no border in time keeps its lease,
     * which the next life of this server frees, or which runs out. Returns when that is done; may be called again.
     */
    synchronized void handOver() {
        stopping = true;
        slots.stop();
        looker.interrupt();
        if (!idleWithin(ENDING)) {
            handingOver = true;
            if (!idleWithin(HANDING_OVER)) {
                LOG.warnf("operations that reached no border in time go on after the next start: %s", slots.running());
            }
        }
        signals.close();
    }

    private boolean idleWithin(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!slots.running().isEmpty() && !signals.closed() && System.nanoTime() < deadline) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return slots.running().isEmpty();
    }

    /** How many operations this server runs now. */
    int runningHere() {
        return slots.running().size();
    }

    /** How many wait for a slot here. */
    int waitingHere() {
        return slots.known().size() - slots.running().size();
    }

    /** @throws Failure when too many of its team's wait already */
    void admit(Event event) {
        slots.admit(event);
    }

    boolean hasRoom(Event event) {
        return slots.hasRoom(event);
    }

    /** The kind of a change's type. */
    String kindOf(Class<? extends Change> type) {
        return handlers.values().stream()
                .filter(handler -> handler.type() == type)
                .map(ChangeHandler::kind)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nothing handles " + type));
    }

    /** Begins an accepted operation as soon as its team has a slot. */
    void submit(String event) {
        if (!stopping) {
            slots.submit(event);
        }
    }

    private void look() {
        while (!stopping) {
            try {
                store.orphans(server.machine(), slots.known()).forEach(this::submit);
                slots.look();
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                LOG.warnf("looking for operations to take over failed: %s", e.getMessage());
                pause();
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "looking for operations to take over failed");
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void attempt(String event, String instead) {
        try {
            runUnderLease(event, instead);
        } catch (LeaseLost e) {
            LOG.warnf("event %s goes on elsewhere: %s", event, e.getMessage());
        } catch (HandedOver e) {
            LOG.infof("event %s: %s", event, e.getMessage());
        } catch (DataAccessException | TransactionException e) {
            LOG.warnf("event %s rests until the database answers: %s", event, e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "event %s could not be run; it is tried again", event);
        }
    }

    private void runUnderLease(String id, String instead) {
        Optional<Event> found = store.find(id);
        if (found.isEmpty() || !found.get().running()) {
            return;
        }
        Event event = found.get();
        if (homes.isElsewhere(event.target())) {
            return;
        }
        Optional<Lease> taken =
                leases.take(event.target().type() + "/" + event.target().value());
        if (taken.isEmpty()) {
            return;
        }
        Lease lease = taken.get();
        try {
            EventFailPoints.AFTER_LEASE.hit(event.target().value());
            Optional<EventStore.Work> work = store.attempt(id, server.id());
            if (work.isPresent()) {
                EventFailPoints.AFTER_ATTEMPT.hit(event.target().value());
                run(event, work.get(), lease, instead);
            }
        } catch (HandedOver e) {
            store.uncount(id);
            throw e;
        } catch (DataAccessException | TransactionException e) {
            giveBackWhenTheDatabaseIsBack(lease);
            throw e;
        } finally {
            leases.release(lease);
        }
    }

    /**
     * Nobody can tell whether what was being committed is kept; so the operation is begun anew, which compares. It need not
     * wait for the lease to run out when the database is back before that.
     */
    private void giveBackWhenTheDatabaseIsBack(Lease lease) {
        while (leases.holds(lease) && !stopping) {
            try {
                leases.giveBack(lease);
                break;
            } catch (DataAccessException | TransactionException e) {
                pause();
            }
        }
        leases.forget(lease);
    }

    private void run(Event event, EventStore.Work work, Lease lease, String instead) {
        ChangeHandler<?> handler = handlers.get(work.changeKind());
        try {
            if (handler == null) {
                throw new IllegalStateException("nothing handles a change of the kind \"" + work.changeKind() + "\"");
            }
            runWith(handler, event, work, lease, instead);
        } catch (LeaseLost | HandedOver | StaleEpochException | DataAccessException | TransactionException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Neither it nor its end could be: it is tried again, but not for ever.
            if (work.attempts() <= 2 * MAX_ATTEMPTS) {
                throw e;
            }
            LOG.errorf(e, "event %s is given up", event.id());
            endUndone(event, lease);
        }
    }

    private void endUndone(Event event, Lease lease) {
        database.transact(() -> {
            leases.fence(lease);
            if (store.end(event.id(), ourFault(event.id()) + NOT_BROUGHT_BACK + "no attempt at it came to its end")) {
                outbox.put(event.id());
            }
            leases.giveBack(lease);
        });
    }

    private static String ourFault(String event) {
        return "something went wrong on our side; the server's log has it under the event " + event;
    }

    private <C extends Change> void runWith(
            ChangeHandler<C> handler, Event event, EventStore.Work work, Lease lease, String instead) {
        C change = journal.read(vault.decrypt(work.change(), changeContext(event.id())), handler.type());
        try (Progress progress = new Progress(event.id(), work.lastLine(), logs, signals, clock)) {
            LeasedRun run = new LeasedRun(
                    event,
                    handler.longest(change, limits.longest()),
                    lease,
                    leases,
                    database,
                    store,
                    journal,
                    progress,
                    () -> handingOver);
            Optional<String> failed = run.done(EventFailPoints.FAILURE);
            String error;
            if (work.attempts() > 2 * MAX_ATTEMPTS) {
                error = failed.orElse("given up") + NOT_BROUGHT_BACK + "no attempt at it came to its end";
            } else if (failed.isPresent()) {
                error = withdrawn(handler, change, run, failed.get());
            } else if (work.attempts() > MAX_ATTEMPTS) {
                error = givenUp(handler, change, run, work.attempts());
            } else if (!instead.isEmpty()) {
                error = notBegun(handler, change, run, instead);
            } else {
                error = outcome(handler, change, run);
            }
            end(event, run, progress, error);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs the change; empty when it went well, else why not, after what was before is back. */
    private <C extends Change> String outcome(ChangeHandler<C> handler, C change, LeasedRun run) {
        String error;
        try {
            run.check();
            handler.run(change, run);
            return "";
        } catch (LeaseLost | HandedOver | DataAccessException | TransactionException e) {
            throw e;
        } catch (StaleEpochException e) {
            LOG.warnf("event %s was overtaken: %s", run.event(), e.getMessage());
            throw e;
        } catch (Failure | Cancelled | Overdue e) {
            error = String.valueOf(e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "event %s failed", run.event());
            error = ourFault(run.event());
        }
        return withdrawn(handler, change, run, error);
    }

    /** Of one whose turn never came. Should it have been begun before, it goes back all the same. */
    private <C extends Change> String notBegun(ChangeHandler<C> handler, C change, LeasedRun run, String why) {
        try {
            run.check();
        } catch (Cancelled e) {
            return withdrawn(handler, change, run, String.valueOf(e.getMessage()));
        }
        return withdrawn(handler, change, run, why);
    }

    private <C extends Change> String givenUp(ChangeHandler<C> handler, C change, LeasedRun run, int attempts) {
        String error = "given up: the operation was begun " + (attempts - 1) + " times and never came to its end";
        return withdrawn(handler, change, run, error);
    }

    /**
     * Brings back what was before. That the operation failed is journaled first: whoever takes over must go on bringing back,
     * and not try anew what is half undone. That bringing back fails too must not keep the event from ending: its error
     * says so.
     */
    private <C extends Change> String withdrawn(ChangeHandler<C> handler, C change, LeasedRun run, String error) {
        run.bringsBack(BRINGING_BACK);
        run.dropEndings();
        run.once(EventFailPoints.FAILURE, () -> error);
        try {
            EventFailPoints.BEFORE_WITHDRAW.hit(run.target());
            handler.withdraw(change, run, error);
            EventFailPoints.AFTER_WITHDRAW.hit(run.target());
            return error;
        } catch (LeaseLost | HandedOver | StaleEpochException | DataAccessException | TransactionException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "event %s could not be withdrawn", run.event());
            return error + NOT_BROUGHT_BACK + e.getMessage();
        }
    }

    private void end(Event event, LeasedRun run, Progress progress, String error) throws InterruptedException {
        progress.flush();
        EventFailPoints.BEFORE_END.hit(run.target());
        run.transact(() -> {
            run.runEndings();
            Object endData = run.endData();
            if (endData != null) {
                store.putEndData(event.id(), endData);
            }
            if (store.end(event.id(), error)) {
                outbox.put(event.id());
            }
            leases.giveBack(run.lease());
            EventFailPoints.IN_END.hit(run.target());
        });
        EventFailPoints.AFTER_END.hit(run.target());
    }

    static String changeContext(String event) {
        return "event/" + event + "/change";
    }
}
