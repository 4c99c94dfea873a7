package io.orizuru.event;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Wakes those of this server who follow an event. Only a wake-up: what is true stands in the database, and who waits looks
 * there again after a while in any case, for events that other servers run.
 */
@ApplicationScoped
class Signals {
    private final ConcurrentHashMap<String, Bell> bells = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private static final class Bell {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition rung = lock.newCondition();
        private final AtomicInteger listeners = new AtomicInteger();
        private long count;
    }

    /** A follower's place. Raised signals are not missed between two waits. */
    final class Listener implements AutoCloseable {
        private final String event;
        private final Bell bell;
        private long seen;

        private Listener(String event, Bell bell) {
            this.event = event;
            this.bell = bell;
        }

        /** Returns when the signal was raised since the last call, or after the time. */
        void await(Duration atMost) throws InterruptedException {
            bell.lock.lock();
            try {
                long left = atMost.toNanos();
                while (bell.count == seen && left > 0) {
                    left = bell.rung.awaitNanos(left);
                }
                seen = bell.count;
            } finally {
                bell.lock.unlock();
            }
        }

        @Override
        public void close() {
            bells.computeIfPresent(event, (id, current) -> current.listeners.decrementAndGet() == 0 ? null : current);
        }
    }

    /** Wakes everybody for the last time: this server stops, and nothing more is told here. */
    void close() {
        closed = true;
        bells.keySet().forEach(this::raise);
    }

    boolean closed() {
        return closed;
    }

    Listener listen(String event) {
        Bell bell = bells.compute(event, (id, current) -> {
            Bell found = current == null ? new Bell() : current;
            found.listeners.incrementAndGet();
            return found;
        });
        return new Listener(event, bell);
    }

    void raise(String event) {
        Bell bell = bells.get(event);
        if (bell == null) {
            return;
        }
        bell.lock.lock();
        try {
            bell.count++;
            bell.rung.signalAll();
        } finally {
            bell.lock.unlock();
        }
    }

    /** How many events are followed now. */
    int followed() {
        return bells.size();
    }

    static final Duration POLL = Duration.of(500, TimeUnit.MILLISECONDS.toChronoUnit());
}
