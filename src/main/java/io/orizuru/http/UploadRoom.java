package io.orizuru.http;

import io.orizuru.disk.Disks;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many files callers may send at once, and that there is room on the disk for all of them. What is still to come of
 * uploads under way counts as taken, so they never fill the disk together.
 */
@ApplicationScoped
class UploadRoom {
    static final int MOST = 64;
    static final int MOST_OF_A_CALLER = 32;
    /** Room is looked for in steps of so many bytes where nobody said how much there will be. */
    private static final long STEP = 16L << 20;

    private final Disks disks;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Integer> callers = new HashMap<>();
    private int count;
    private long toCome;

    UploadRoom(Disks disks) {
        this.disks = disks;
    }

    /** One request's room. */
    final class Upload implements AutoCloseable {
        private final String caller;
        private long left;
        private boolean closed;

        private Upload(String caller) {
            this.caller = caller;
        }

        /** Bytes are going to be written; what was announced is used up first. */
        void write(long bytes) {
            lock.lock();
            try {
                if (bytes > left) {
                    long more = Math.max(bytes - left, STEP);
                    requireRoom(more);
                    left += more;
                    toCome += more;
                }
                left -= bytes;
                toCome -= bytes;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (closed) {
                    return;
                }
                closed = true;
                count--;
                toCome -= left;
                callers.merge(caller, -1, Integer::sum);
                callers.remove(caller, 0);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Lets an upload begin.
     *
     * @param declared its length, or -1 when nobody knows
     * @throws Failure unavailable when too many are under way; disk full when there is no room for it
     */
    Upload begin(String caller, long declared) {
        lock.lock();
        try {
            if (count >= MOST || callers.getOrDefault(caller, 0) >= MOST_OF_A_CALLER) {
                throw Failure.unavailable("too many files are being uploaded, try again in a moment");
            }
            requireRoom(Math.max(declared, 0));
            count++;
            callers.merge(caller, 1, Integer::sum);
            Upload upload = new Upload(caller);
            upload.left = Math.max(declared, 0);
            toCome += upload.left;
            return upload;
        } finally {
            lock.unlock();
        }
    }

    private void requireRoom(long bytes) {
        disks.require(toCome + bytes);
    }
}
