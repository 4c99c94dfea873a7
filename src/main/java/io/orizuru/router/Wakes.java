package io.orizuru.router;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which sleeping apps somebody wants to see. Only a call: that one is lost does no harm, since whoever still wants to see the
 * app calls again. An app is told once a second at most, however many call for it.
 */
public final class Wakes {
    private static final long REMIND_NANOS = Duration.ofSeconds(1).toNanos();
    /** Those that were told longer ago need not be remembered. */
    private static final int REMEMBERED = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition called = lock.newCondition();
    private final Set<String> due = new HashSet<>();
    /** When an app was told last. */
    private final Map<String, Long> told = new ConcurrentHashMap<>();

    /** Somebody wants to see the app. Never waits. */
    public void call(String app) {
        if (toldJustNow(app)) {
            return;
        }
        lock.lock();
        try {
            if (!toldJustNow(app) && due.size() < REMEMBERED && due.add(app)) {
                called.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean toldJustNow(String app) {
        Long last = told.get(app);
        return last != null && System.nanoTime() - last < REMIND_NANOS;
    }

    /** The apps that were called for since the last time; waits for one. Empty when there is none within the limit. */
    public Set<String> await(Duration limit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = limit.toNanos();
            while (due.isEmpty() && left > 0) {
                left = called.awaitNanos(left);
            }
            Set<String> apps = Set.copyOf(due);
            due.clear();
            long now = System.nanoTime();
            if (told.size() > REMEMBERED) {
                told.values().removeIf(last -> now - last > REMIND_NANOS);
            }
            apps.forEach(app -> told.put(app, now));
            return apps;
        } finally {
            lock.unlock();
        }
    }
}
