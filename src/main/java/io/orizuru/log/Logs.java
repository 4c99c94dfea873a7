package io.orizuru.log;

import io.orizuru.db.Database;
import io.orizuru.disk.Disks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;

/**
 * The apps' logs. Lines are taken at once and written by one thread in batches; while the database is away they wait, and they
 * are dropped only when there is no more room. Any server may write and read, since the lines are in the database.
 *
 * <p>A line may be there twice when the connection breaks just as its batch was written. Beyond the limit, up to a tenth of it
 * is kept until the app is trimmed.
 */
@ApplicationScoped
public class Logs implements LogSink {
    private static final Logger LOG = Logger.getLogger(Logs.class);

    private static final Duration LINGER = Duration.ofMillis(100);
    private static final int BATCH_LINES = 2000;
    private static final long BATCH_CHARACTERS = 1024 * 1024;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration LOOK_FOR_ROOM = Duration.ofMillis(500);
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private final Limits limits;
    private final Clock clock;
    private final LogStore store;
    private final Intake intake;
    private final Followers followers;
    private final Map<String, Growth> growth = new ConcurrentHashMap<>();
    private final BlockingQueue<String> toTrim = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();

    private final AtomicLong written = new AtomicLong();

    /** What the writer has taken and not yet written; its own. */
    private Intake.@Nullable Batch inHand;

    private volatile boolean stopping;

    private final BooleanSupplier room;
    private volatile boolean hasRoom = true;
    private volatile long roomLookedAt = System.nanoTime() - LOOK_FOR_ROOM.toNanos();

    /**
     * How much is kept and how much may wait.
     *
     * @param lines kept of each app
     * @param bytes of messages kept of each app
     * @param waiting to be written
     */
    record Limits(int lines, long bytes, Intake.Bounds waiting) {
        static final Limits STANDARD =
                new Limits(Query.MOST_LINES, 4L * 1024 * 1024, new Intake.Bounds(20_000, 16L * 1024 * 1024, 4));
    }

    @Inject
    Logs(Database database, Clock clock, Disks disks) {
        this(database, clock, Limits.STANDARD, () -> disks.shortage() == null);
    }

    Logs(Database database, Clock clock, Limits limits) {
        this(database, clock, limits, () -> true);
    }

    private Logs(Database database, Clock clock, Limits limits, BooleanSupplier room) {
        this.room = room;
        this.limits = limits;
        this.clock = clock;
        this.store = new LogStore(database);
        this.intake = new Intake(limits.waiting(), clock);
        this.followers = new Followers(store, clock);
    }

    @Override
    public void accept(LogLine line) {
        if (!hasRoom()) {
            intake.drop(line.app());
            return;
        }
        intake.offer(Sanitizer.clean(line, clock.instant()));
    }

    /** Whether the disk has room for more, as of a moment ago. */
    private boolean hasRoom() {
        long now = System.nanoTime();
        if (now - roomLookedAt > LOOK_FOR_ROOM.toNanos()) {
            roomLookedAt = now;
            hasRoom = room.getAsBoolean();
        }
        return hasRoom;
    }

    /**
     * The newest lines that match, in the order of time. All that this server accepted before is among them.
     *
     * @throws org.springframework.dao.DataAccessException if the database does not answer
     */
    public StoredLog read(String app, Query query) {
        if (query.lines() > 0) {
            flush();
        }
        return new StoredLog(store, app, query, store.range(app, query, Long.MAX_VALUE));
    }

    /**
     * The newest lines that match, and then those that come. The caller closes it.
     *
     * @throws org.springframework.dao.DataAccessException if the database does not answer
     */
    public Subscription follow(String app, Query query) {
        flush();
        return followers.join(app, query);
    }

    /** Ends all who follow here: the server is about to stop. */
    public void endFollowing() {
        followers.endAll();
    }

    /** Deletes all lines of an app and ends those who follow it here. To be called when nothing prints for it any more. */
    public void remove(String app) {
        flush();
        store.remove(app);
        growth.remove(app);
        followers.end(app);
    }

    /** Deletes what came of a removed app of that name after its removal: nobody else is to read it. */
    public void forget(String app) {
        store.remove(app);
        growth.remove(app);
    }

    /** How many lines were written since the start. */
    long written() {
        return written.get();
    }

    void start(@Observes StartupEvent event) {
        start();
    }

    void stop(@Observes ShutdownEvent event) {
        stop();
    }

    void start() {
        threads.add(Thread.ofVirtual().name("log-write").start(() -> repeat("written", this::writeBatch)));
        threads.add(Thread.ofVirtual().name("log-trim").start(() -> repeat("trimmed", this::trimNext)));
        threads.add(Thread.ofVirtual().name("log-follow").start(() -> repeat("followed", followers::look)));
    }

    /** Writes what is left, if the database takes it soon. */
    void stop() {
        flush();
        stopping = true;
        followers.endAll();
        threads.forEach(Thread::interrupt);
        threads.clear();
    }

    private interface Round {
        void run() throws InterruptedException;
    }

    /** Goes on whatever happens: a log that fell silent for ever would be noticed when it is needed most. */
    private void repeat(String what, Round round) {
        Duration pause = Duration.ZERO;
        while (!stopping) {
            try {
                round.run();
                if (!pause.isZero()) {
                    LOG.infof("Application logs are %s again.", what);
                }
                pause = Duration.ZERO;
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                if (stopping) {
                    return;
                }
                if (pause.isZero()) {
                    LOG.warnf(e, "Application logs cannot be %s; trying again.", what);
                }
                pause = pause.isZero() ? FIRST_PAUSE : shorter(pause.multipliedBy(2), LONGEST_PAUSE);
                try {
                    Thread.sleep(pause);
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void writeBatch() throws InterruptedException {
        if (inHand == null) {
            inHand = intake.take(BATCH_LINES, BATCH_CHARACTERS, LINGER);
        }
        try {
            store.write(inHand.lines());
        } catch (DataIntegrityViolationException e) {
            LOG.warnf(e, "The database refuses lines of an application log.");
            writeOneByOne(inHand.lines());
        }
        count(inHand.lines());
        intake.done(inHand);
        inHand = null;
        followers.wake();
    }

    /** The database refuses one of the lines: the others are not to suffer, nor those that come. */
    private void writeOneByOne(List<LogLine> lines) {
        for (LogLine line : lines) {
            try {
                store.write(List.of(line));
            } catch (DataIntegrityViolationException e) {
                store.write(List.of(Notice.of(line.app(), clock.instant(), 1, "dropped: it could not be kept")));
            }
        }
    }

    private void count(List<LogLine> lines) {
        written.addAndGet(lines.size());
        for (LogLine line : lines) {
            if (growth.computeIfAbsent(line.app(), app -> new Growth(limits)).add(line)) {
                toTrim.add(line.app());
            }
        }
    }

    private void trimNext() throws InterruptedException {
        String app = toTrim.take();
        Growth grown = growth.get(app);
        if (grown == null) {
            return;
        }
        // Before it is done: what comes meanwhile counts for the next time. If it fails, so much more will come soon.
        grown.trimmed();
        store.trim(app, limits.lines(), limits.bytes());
    }

    private void flush() {
        try {
            if (!intake.awaitDone(FLUSH)) {
                LOG.debugf("Lines that wait to be written were not in %s.", FLUSH);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
