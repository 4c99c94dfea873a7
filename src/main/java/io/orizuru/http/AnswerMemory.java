package io.orizuru.http;

import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory of answers, bounded for all of them together whoever reads how slowly. Few are made at a time ({@link Turn}); what
 * is made and not yet sent takes room ({@link Room}), of which one caller has a part at most. Who finds none is told to come
 * again.
 */
@ApplicationScoped
public class AnswerMemory {
    private static final int UNIT = 16 << 10;
    /** Of all answers, in units: 48 MiB. */
    private static final int MOST = 3 << 10;

    /** Of one caller's: 16 MiB, and so the most of one answer. */
    private static final int MOST_OF_CALLER = MOST / 3;

    private static final int TURNS = 8;
    private static final long PATIENCE_SECONDS = 5;

    private final Semaphore turns = new Semaphore(TURNS, true);
    private final Semaphore units = new Semaphore(MOST, true);
    private final Map<String, Integer> byCaller = new ConcurrentHashMap<>();

    /** A turn in making an answer from what is on record. Closed twice it is no matter. */
    final class Turn implements AutoCloseable {
        private boolean over;

        private Turn() {
            acquire(turns, 1, PATIENCE_SECONDS);
        }

        @Override
        public synchronized void close() {
            if (!over) {
                over = true;
                turns.release();
            }
        }
    }

    Turn turn() {
        return new Turn();
    }

    /** Room of one answer until it is sent, or its connection has ended. */
    final class Room implements AutoCloseable {
        private final String caller;
        private int held;
        private boolean over;

        private Room(String caller) {
            this.caller = caller;
        }

        /**
         * Makes room for so many bytes in all. Waits only while it holds nothing.
         *
         * @throws Failure when there is none
         */
        synchronized void grow(long bytes) {
            int wanted = (int) Math.min(Integer.MAX_VALUE / 2, (bytes + UNIT - 1) / UNIT) - held;
            if (wanted <= 0 || over) {
                return;
            }
            claim(caller, wanted);
            try {
                acquire(units, wanted, held == 0 ? PATIENCE_SECONDS : 0);
            } catch (Failure e) {
                giveBack(caller, wanted);
                throw e;
            }
            held += wanted;
        }

        @Override
        public synchronized void close() {
            over = true;
            if (held > 0) {
                units.release(held);
                giveBack(caller, held);
                held = 0;
            }
        }
    }

    /** @param caller whose answers count together */
    Room room(String caller) {
        return new Room(caller);
    }

    private void claim(String caller, int wanted) {
        byCaller.merge(caller, wanted, (before, more) -> {
            if (before + more > MOST_OF_CALLER) {
                throw Failure.unavailable(
                        "the answers to you that are not read yet take all the memory that one caller's may" + " ("
                                + (MOST_OF_CALLER / (1024 * 1024 / UNIT))
                                + " MiB); read them, or ask for less at a time");
            }
            return before + more;
        });
        if (wanted > MOST_OF_CALLER) {
            giveBack(caller, wanted);
            throw Failure.unavailable("the answer is larger than " + (MOST_OF_CALLER / (1024 * 1024 / UNIT))
                    + " MiB; ask for less at a time, with the filters of the operation");
        }
    }

    private void giveBack(String caller, int held) {
        byCaller.computeIfPresent(caller, (name, before) -> before <= held ? null : Integer.valueOf(before - held));
    }

    private static void acquire(Semaphore of, int permits, long patienceSeconds) {
        try {
            if (!of.tryAcquire(permits, patienceSeconds, TimeUnit.SECONDS)) {
                throw Failure.unavailable("too many large answers are being made or read, try again in a moment");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }
}
