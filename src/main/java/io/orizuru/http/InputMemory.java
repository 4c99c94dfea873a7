package io.orizuru.http;

import io.orizuru.failure.Failure;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Memory that inputs of all requests together may take: a part of the heap that does not depend on how many callers there
 * are. A request gets all that it wants at once, or after a short wait in which it holds none of it.
 */
final class InputMemory {
    /** For bytes that arrive, however slowly they do. */
    static final InputMemory ARRIVING = new InputMemory(16 << 20, 4 << 20, Duration.ofSeconds(3));
    /** For what input becomes when it is read. Whoever waits for it holds what arrived, and nobody who has it waits for that. */
    static final InputMemory UNFOLDED = new InputMemory(48 << 20, 28 << 20, Duration.ofSeconds(5));

    /** For heads of requests that are larger than most. */
    static final InputMemory HEADS = new InputMemory(8 << 20, 2 << 20, Duration.ZERO);

    private final long all;
    private final long share;
    private final Duration patience;
    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition freed = lock.newCondition();
    private final Map<String, Long> held = new HashMap<>();
    private long free;

    /**
     * @param all in bytes
     * @param share the most that one caller may have of it
     * @param patience how long a request waits for room
     */
    InputMemory(long all, long share, Duration patience) {
        this.all = all;
        this.share = share;
        this.patience = patience;
        this.free = all;
    }

    /** A part of the memory, of one request. */
    final class Part {
        private final String caller;
        private long bytes;

        private Part(String caller, long bytes) {
            this.caller = caller;
            this.bytes = bytes;
        }

        /** Gives back all but {@code needed}. */
        void shrink(long needed) {
            lock.lock();
            try {
                long surplus = bytes - Math.min(bytes, needed);
                bytes -= surplus;
                free += surplus;
                long left = held.getOrDefault(caller, 0L) - surplus;
                if (left > 0) {
                    held.put(caller, left);
                } else {
                    held.remove(caller);
                }
                freed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        void release() {
            shrink(0);
        }
    }

    /**
     * Takes a part.
     *
     * @param caller whose share it counts against
     * @throws Failure unavailable when there is no room for it in time
     */
    Part take(String caller, long bytes) {
        lock.lock();
        try {
            long left = patience.toNanos();
            while (!fits(caller, bytes)) {
                if (left <= 0) {
                    throw Failure.unavailable("too much input is being read at once, try again in a moment");
                }
                left = freed.awaitNanos(left);
            }
            free -= bytes;
            held.merge(caller, bytes, Long::sum);
            return new Part(caller, bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        } finally {
            lock.unlock();
        }
    }

    private boolean fits(String caller, long bytes) {
        if (bytes > share) {
            throw new IllegalStateException(bytes + " bytes are more than one request may have of " + all);
        }
        return bytes <= free && held.getOrDefault(caller, 0L) + bytes <= share;
    }

    /** The most that one caller may have at once, in bytes. */
    long share() {
        return share;
    }

    long free() {
        lock.lock();
        try {
            return free;
        } finally {
            lock.unlock();
        }
    }
}
