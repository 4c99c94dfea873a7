package io.orizuru.log;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One reader that follows an app's log: first the newest lines that were there, then each one that comes, once. Whoever reads
 * too slowly loses lines and is told how many; nobody waits for it. To be closed by the reader.
 */
public final class Subscription implements AutoCloseable {
    private static final int MOST_LINES = 1000;
    private static final int MOST_CHARACTERS = 512 << 10;
    /** What is handed out at once, but for one line: the reader holds it until it is sent. */
    private static final int MOST_AT_ONCE = 32 << 10;

    private static final int LINE_OVERHEAD = 128;

    private final String app;
    private final Query query;
    private final Clock clock;
    private final Followers followers;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<LogLine> buffer = new ArrayDeque<>();
    private final StoredLog first;
    private int characters;
    private long lost;
    private boolean open = true;

    /** The newest number that was offered; only the thread that offers looks at it. */
    private long seen;

    Subscription(String app, Query query, StoredLog first, long seen, Clock clock, Followers followers) {
        this.app = app;
        this.query = query;
        this.first = first;
        this.seen = seen;
        this.clock = clock;
        this.followers = followers;
    }

    /**
     * Waits for lines.
     *
     * @return what came, in order; empty if nothing did in this time, or if {@linkplain #isOpen nothing will come any more}
     */
    public List<LogLine> next(Duration atMost) throws InterruptedException {
        if (first.hasNext()) {
            return first.next();
        }
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (open && buffer.isEmpty() && lost == 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            List<LogLine> lines = new ArrayList<>();
            int taken = 0;
            while (!buffer.isEmpty() && taken < MOST_AT_ONCE) {
                LogLine line = buffer.remove();
                lines.add(line);
                taken += cost(line);
            }
            characters -= taken;
            followers.release(taken);
            if (lost > 0 && buffer.isEmpty()) {
                lines.add(Notice.of(app, clock.instant(), lost, "lost here: they were not read in time"));
                lost = 0;
            }
            return lines;
        } finally {
            lock.unlock();
        }
    }

    private static int cost(LogLine line) {
        return line.message().length() + LINE_OVERHEAD;
    }

    /** False once it was closed, the app was removed or the server stops; what came before can still be read. */
    public boolean isOpen() {
        lock.lock();
        try {
            return open;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        followers.leave(this);
        end();
        lock.lock();
        try {
            buffer.clear();
            followers.release(characters);
            characters = 0;
        } finally {
            lock.unlock();
        }
    }

    String app() {
        return app;
    }

    long seen() {
        return seen;
    }

    void offer(LogStore.Stored stored) {
        if (stored.id() <= seen) {
            return;
        }
        seen = stored.id();
        LogLine line = stored.line();
        if (!query.matches(line)) {
            return;
        }
        lock.lock();
        try {
            // Once lines were lost, later ones wait until that was told: else the gap would be in the wrong place.
            int cost = cost(line);
            boolean full =
                    buffer.size() >= MOST_LINES || (characters + cost > MOST_CHARACTERS && !buffer.isEmpty()) || !open;
            if (full || lost > 0 || !followers.reserve(cost)) {
                lost++;
            } else {
                buffer.add(line);
                characters += cost;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void end() {
        lock.lock();
        try {
            open = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
