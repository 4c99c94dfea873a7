package io.orizuru.db;

import java.time.Duration;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * What a server does again and again, on a thread of its own, until it stops. It goes on whatever a round comes to: without the
 * database it rests, and a round that fails is logged.
 */
public final class Rounds {
    /** After a round that failed, where rounds follow each other faster. */
    private static final Duration SHORTEST_REST = Duration.ofSeconds(1);

    private final Logger log;
    private final String rests;
    private final Duration between;
    private final Round round;
    private final Thread thread;
    private boolean first;
    private volatile boolean stopping;

    /** One of them. */
    @FunctionalInterface
    public interface Round {
        /** @throws InterruptedException when the server stops */
        void go() throws InterruptedException;
    }

    /**
     * @param name the thread's
     * @param log of whose rounds they are
     * @param rests what is not done while the database is away, for the log: {@code units are not looked after}
     * @param between how long to wait between two rounds; zero where a round waits by itself
     */
    public Rounds(String name, Logger log, String rests, Duration between, Round round) {
        this.log = log;
        this.rests = rests;
        this.between = between;
        this.round = round;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::goOn);
    }

    /** Begins with a wait. */
    public void start() {
        thread.start();
    }

    /** Begins with a round. */
    public void startAtOnce() {
        first = true;
        thread.start();
    }

    /** Begins nothing more, and interrupts a round under way. */
    public void stop() {
        stopping = true;
        thread.interrupt();
    }

    private void goOn() {
        try {
            while (!stopping) {
                if (!first) {
                    Thread.sleep(between);
                }
                first = false;
                if (!goWell() && between.compareTo(SHORTEST_REST) < 0) {
                    Thread.sleep(SHORTEST_REST);
                }
            }
        } catch (InterruptedException e) {
            // It is over.
        }
    }

    private boolean goWell() throws InterruptedException {
        try {
            round.go();
            return true;
        } catch (DataAccessException | TransactionException e) {
            log.warnf("%s until the database answers: %s", rests, e.getMessage());
        } catch (RuntimeException | Error e) {
            log.errorf(e, "%s this time", rests);
        }
        return false;
    }
}
