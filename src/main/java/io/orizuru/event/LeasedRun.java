package io.orizuru.event;

import io.orizuru.db.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The run that {@link Runner} makes for an event it holds the lease of. */
final class LeasedRun implements Run {
    /** How stale the answer to "was it cancelled" may be. */
    private static final long CANCEL_LOOK = Duration.ofMillis(400).toNanos();

    private static final Duration LOOK = Duration.ofMillis(300);
    /** How long work that was interrupted may take to notice. */
    private static final Duration LETTING_GO = Duration.ofSeconds(2);

    private final String event;
    private final String target;
    private final String owner;
    private final String team;
    private final Lease lease;
    private final Leases leases;
    private final Database database;
    private final EventStore store;
    private final Journal journal;
    private final Progress progress;
    private final BooleanSupplier handedOver;
    private final List<Runnable> endings = new ArrayList<>();
    private final boolean everCancelable;
    private boolean cancelableNow;
    private Duration limit;
    private long begun = System.nanoTime();
    private boolean beyond;
    private long lookedAt;
    private boolean looked;
    private @Nullable Object endData;

    LeasedRun(
            Event event,
            Duration limit,
            Lease lease,
            Leases leases,
            Database database,
            EventStore store,
            Journal journal,
            Progress progress,
            BooleanSupplier handedOver) {
        this.event = event.id();
        this.target = event.target().value();
        this.owner = event.ownerName();
        this.team = event.group();
        this.everCancelable = event.cancelable();
        this.cancelableNow = event.cancelable();
        this.limit = limit;
        this.lease = lease;
        this.leases = leases;
        this.database = database;
        this.store = store;
        this.journal = journal;
        this.progress = progress;
        this.handedOver = handedOver;
    }

    @Override
    public String event() {
        return event;
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public String owner() {
        return owner;
    }

    @Override
    public String team() {
        return team;
    }

    @Override
    public long epoch() {
        return lease.epoch();
    }

    @Override
    public void check() {
        if (!leases.holds(lease)) {
            throw new LeaseLost(lease);
        }
        if (handedOver.getAsBoolean()) {
            throw new HandedOver();
        }
        if (cancelableNow && wantsLook() && store.cancelAsked(event)) {
            store.acknowledgeCancel(event);
            cancelableNow = false;
            throw new Cancelled();
        }
        if (!beyond && System.nanoTime() - begun > limit.toNanos()) {
            throw new Overdue(limit);
        }
    }

    @Override
    public <T> T await(Supplier<T> work) {
        FutureTask<T> task = new FutureTask<>(work::get);
        Thread thread = Thread.ofVirtual().name("outside-" + event).start(task);
        try {
            while (true) {
                try {
                    return task.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    check();
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HandedOver();
        } finally {
            letGo(task, thread);
        }
    }

    private static void letGo(FutureTask<?> task, Thread thread) {
        if (task.cancel(true)) {
            try {
                thread.join(LETTING_GO);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean wantsLook() {
        long now = System.nanoTime();
        if (looked && now - lookedAt < CANCEL_LOOK) {
            return false;
        }
        looked = true;
        lookedAt = now;
        return true;
    }

    @Override
    public void beyondCancelling() {
        beyond = true;
        cancelableNow = false;
    }

    @Override
    public void cancellableAgain() {
        beyond = false;
        cancelableNow = everCancelable;
    }

    @Override
    public void log(String message) {
        progress.append(message);
    }

    @Override
    public <T extends @Nullable Object> T transaction(Supplier<T> work) {
        return database.transaction(() -> {
            leases.fence(lease);
            return work.get();
        });
    }

    @Override
    public void transact(Runnable work) {
        database.transact(() -> {
            leases.fence(lease);
            work.run();
        });
    }

    @Override
    public <T> T once(Step<T> step, Supplier<T> work) {
        Optional<T> before = done(step);
        if (before.isPresent()) {
            return before.get();
        }
        step.before.hit(target);
        transact(() -> journal.intend(event, step.key()));
        step.intended.hit(target);
        T made = work.get();
        step.worked.hit(target);
        transact(() -> journal.record(event, step.key(), made));
        step.recorded.hit(target);
        return made;
    }

    @Override
    public <T> Optional<T> done(Step<T> step) {
        return journal.result(event, step.key(), step.result());
    }

    @Override
    public void endData(Object data) {
        endData = data;
    }

    @Override
    public void atEnd(Runnable inSameTransaction) {
        endings.add(inSameTransaction);
    }

    /** What follows brings back what was: it has a time of its own. */
    void bringsBack(Duration within) {
        cancelableNow = false;
        beyond = false;
        limit = within;
        begun = System.nanoTime();
    }

    Lease lease() {
        return lease;
    }

    /** What the handler wants done in the ending transaction. */
    void runEndings() {
        endings.forEach(Runnable::run);
    }

    void dropEndings() {
        endings.clear();
    }

    @Nullable
    Object endData() {
        return endData;
    }
}
