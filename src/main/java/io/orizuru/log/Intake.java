package io.orizuru.log;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lines on their way to the database. Bounded in lines and characters, for all and for each app, so that a noisy one cannot
 * use up the others' room; what does not fit is counted and told in the app's own log.
 */
final class Intake {
    /** Beside the message, about what a line takes. */
    private static final int LINE_OVERHEAD = 128;

    private static final Duration LONGEST_SILENCE_ABOUT_DROPS = Duration.ofSeconds(1);

    private final Bounds bounds;
    private final Clock clock;

    /** Held for moments only, never while something is waited for. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition arrived = lock.newCondition();
    private final Condition written = lock.newCondition();

    private final ArrayDeque<LogLine> queue = new ArrayDeque<>();
    private final Map<String, Load> loads = new HashMap<>();
    private final Map<String, Drops> drops = new HashMap<>();
    private final Load total = new Load();
    private long accepted;
    private long taken;
    private long done;
    private int hurrying;

    /**
     * How much may wait.
     *
     * @param lines of all apps
     * @param characters of all apps
     * @param appShare one app may fill one part in this many
     */
    record Bounds(int lines, long characters, int appShare) {}

    /**
     * Lines to be written together.
     *
     * @param upTo what {@link #done} is told once they are
     */
    record Batch(List<LogLine> lines, long upTo) {}

    private static final class Load {
        private int lines;
        private long characters;

        private void add(LogLine line, int sign) {
            lines += sign;
            characters += sign * cost(line);
        }

        private boolean hasRoomFor(LogLine line, int mostLines, long mostCharacters) {
            return lines < mostLines && characters + cost(line) <= mostCharacters;
        }

        private static long cost(LogLine line) {
            return (long) line.message().length() + LINE_OVERHEAD;
        }
    }

    private static final class Drops {
        private final long since = System.nanoTime();
        private long lines;
    }

    Intake(Bounds bounds, Clock clock) {
        this.bounds = bounds;
        this.clock = clock;
    }

    /** Takes the line, or counts it as dropped. */
    void offer(LogLine line) {
        lock.lock();
        try {
            Load load = loads.computeIfAbsent(line.app(), app -> new Load());
            boolean fits = total.hasRoomFor(line, bounds.lines(), bounds.characters())
                    && load.hasRoomFor(
                            line, bounds.lines() / bounds.appShare(), bounds.characters() / bounds.appShare());
            if (!fits) {
                drops.computeIfAbsent(line.app(), app -> new Drops()).lines++;
                forgetIfEmpty(line.app(), load);
                return;
            }
            queue.add(line);
            load.add(line, 1);
            total.add(line, 1);
            accepted++;
            if (queue.size() == 1) {
                arrived.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Counts a line as dropped; told with the next that come. */
    void drop(String app) {
        lock.lock();
        try {
            drops.computeIfAbsent(app, name -> new Drops()).lines++;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for lines, then a little more for others that can go with them. */
    Batch take(int mostLines, long mostCharacters, Duration linger) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (queue.isEmpty()) {
                arrived.await();
            }
            long left = linger.toNanos();
            while (left > 0 && hurrying == 0 && queue.size() < mostLines && total.characters < mostCharacters) {
                left = arrived.awaitNanos(left);
            }
            return drain(mostLines, mostCharacters);
        } finally {
            lock.unlock();
        }
    }

    private Batch drain(int mostLines, long mostCharacters) {
        List<LogLine> lines = new ArrayList<>(Math.min(queue.size(), mostLines));
        long characters = 0;
        while (!queue.isEmpty() && lines.size() < mostLines && characters < mostCharacters) {
            LogLine line = queue.remove();
            lines.add(line);
            characters += Load.cost(line);
            Load load = loads.computeIfAbsent(line.app(), app -> new Load());
            load.add(line, -1);
            total.add(line, -1);
            forgetIfEmpty(line.app(), load);
            taken++;
        }
        tellDrops(lines);
        return new Batch(lines, taken);
    }

    /** After the app's lines that were taken before, and in a flood once a second. */
    private void tellDrops(List<LogLine> lines) {
        for (Iterator<Map.Entry<String, Drops>> all = drops.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Drops> entry = all.next();
            Drops dropped = entry.getValue();
            boolean longAgo = System.nanoTime() - dropped.since > LONGEST_SILENCE_ABOUT_DROPS.toNanos();
            if (longAgo || !loads.containsKey(entry.getKey())) {
                lines.add(Notice.of(
                        entry.getKey(),
                        clock.instant(),
                        dropped.lines,
                        "dropped: more came than could be kept in time"));
                all.remove();
            }
        }
    }

    private void forgetIfEmpty(String app, Load load) {
        if (load.lines == 0) {
            loads.remove(app);
        }
    }

    /** The batch is written, or given up. */
    void done(Batch batch) {
        lock.lock();
        try {
            done = batch.upTo();
            written.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until all that was accepted so far is done. @return whether it was in time */
    boolean awaitDone(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        hurrying++;
        try {
            long target = accepted;
            long left = atMost.toNanos();
            arrived.signalAll();
            while (done < target && left > 0) {
                left = written.awaitNanos(left);
            }
            return done >= target;
        } finally {
            hurrying--;
            lock.unlock();
        }
    }
}
