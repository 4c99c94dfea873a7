package io.orizuru.event;

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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Runs accepted operations: those that this server accepted at once, and those of servers that died when their lease has
 * run out. Each runs on a virtual thread of its own under a lease; how many at once is bounded.
 */
@ApplicationScoped
class Runner {
    private static final Logger LOG = Logger.getLogger(Runner.class);
    private static final int AT_ONCE = 64;
    /** An operation that was begun this often and never ended is given up. */
    private static final int MAX_ATTEMPTS = 4;

    private static final String NOT_BROUGHT_BACK =
            "; what was before could not be brought back and needs an operator: ";

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
    private final Semaphore slots = new Semaphore(AT_ONCE);
    private final Set<String> running = ConcurrentHashMap.newKeySet();
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
        looker.interrupt();
        if (!idleWithin(ENDING)) {
            handingOver = true;
            if (!idleWithin(HANDING_OVER)) {
                LOG.warnf("operations that reached no border in time go on after the next start: %s", running);
            }
        }
        signals.close();
    }

    private boolean idleWithin(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!running.isEmpty() && !signals.closed() && System.nanoTime() < deadline) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return running.isEmpty();
    }

    /** How many operations this server runs now. */
    int runningHere() {
        return running.size();
    }

    /** The kind of a change's type. */
    String kindOf(Class<? extends Change> type) {
        return handlers.values().stream()
                .filter(handler -> handler.type() == type)
                .map(ChangeHandler::kind)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nothing handles " + type));
    }

    /** Begins an accepted operation as soon as there is room. */
    void submit(String event) {
        if (!stopping && running.add(event)) {
            Thread.ofVirtual().name("run-" + event).start(() -> attempt(event));
        }
    }

    private void look() {
        while (!stopping) {
            try {
                store.orphans(server.machine()).forEach(this::submit);
                Thread.sleep(LOOK);
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                LOG.warnf("looking for operations to take over failed: %s", e.getMessage());
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

    private void attempt(String event) {
        boolean slot = false;
        try {
            slots.acquire();
            slot = true;
            runUnderLease(event);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (LeaseLost e) {
            LOG.warnf("event %s goes on elsewhere: %s", event, e.getMessage());
        } catch (HandedOver e) {
            LOG.infof("event %s: %s", event, e.getMessage());
        } catch (DataAccessException | TransactionException e) {
            LOG.warnf("event %s rests until the database answers: %s", event, e.getMessage());
        } catch (RuntimeException e) {
            LOG.errorf(e, "event %s could not be run; it is tried again", event);
        } finally {
            running.remove(event);
            signals.raise(event);
            if (slot) {
                slots.release();
            }
        }
    }

    private void runUnderLease(String id) {
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
                run(event, work.get(), lease);
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

    private void run(Event event, EventStore.Work work, Lease lease) {
        ChangeHandler<?> handler = handlers.get(work.changeKind());
        if (handler == null) {
            throw new IllegalStateException("nothing handles a change of the kind \"" + work.changeKind() + "\"");
        }
        runWith(handler, event, work, lease);
    }

    private <C extends Change> void runWith(ChangeHandler<C> handler, Event event, EventStore.Work work, Lease lease) {
        C change = journal.read(vault.decrypt(work.change(), changeContext(event.id())), handler.type());
        try (Progress progress = new Progress(event.id(), work.lastLine(), logs, signals, clock)) {
            LeasedRun run = new LeasedRun(
                    event.id(),
                    event.target().value(),
                    event.ownerName(),
                    event.cancelable(),
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
            handler.run(change, run);
            return "";
        } catch (LeaseLost | HandedOver | DataAccessException | TransactionException e) {
            throw e;
        } catch (StaleEpochException e) {
            LOG.warnf("event %s was overtaken: %s", run.event(), e.getMessage());
            throw e;
        } catch (Failure | Cancelled e) {
            error = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            LOG.errorf(e, "event %s failed", run.event());
            error = "something went wrong on our side; the server's log has it under the event " + run.event();
        }
        return withdrawn(handler, change, run, error);
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
        run.beyondCancelling();
        run.dropEndings();
        run.once(EventFailPoints.FAILURE, () -> error);
        try {
            EventFailPoints.BEFORE_WITHDRAW.hit(run.target());
            handler.withdraw(change, run, error);
            EventFailPoints.AFTER_WITHDRAW.hit(run.target());
            return error;
        } catch (LeaseLost | HandedOver | StaleEpochException | DataAccessException | TransactionException e) {
            throw e;
        } catch (RuntimeException e) {
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
