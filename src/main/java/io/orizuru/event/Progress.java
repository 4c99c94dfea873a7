package io.orizuru.event;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * The log of one running event: lines are taken at once and written in batches by a thread of their own, so that no reader
 * slows the work, and the database hardly. What waits to be written is bounded; what finds no room in a while is not kept, and
 * neither is the middle of what has become too long: a gap in the numbers tells.
 */
final class Progress implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Progress.class);
    /** What may wait to be written, in characters. */
    private static final int MOST_WAITING = 256 << 10;

    /** How long a message waits for room. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** After so much more the log's middle is looked at. */
    private static final int TRIM_AFTER = 512 << 10;

    private final String event;
    private final EventLogStore store;
    private final Signals signals;
    private final Clock clock;
    private final List<Event.Line> waiting = new ArrayList<>();
    private final Thread writer;
    private int last;
    private int waitingSize;
    private long writtenSize;
    private boolean impatient;
    private boolean closed;
    private boolean writing;

    Progress(String event, int last, EventLogStore store, Signals signals, Clock clock) {
        this.event = event;
        this.last = last;
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        // What an attempt before wrote is not known here.
        this.writtenSize = last == 0 ? 0 : EventLogStore.MOST_HEAD + EventLogStore.MOST_TAIL;
        this.writer = Thread.ofVirtual().name("progress-" + event).start(this::writeAll);
    }

    /** Adds a message, cut when it is too long; most end with a newline. */
    synchronized void append(String message) {
        Event.Line line = new Event.Line(last + 1, now(), EventLogStore.storable(message));
        if (last == Integer.MAX_VALUE - 1) {
            return;
        }
        last++;
        if (awaitRoom(size(line))) {
            waiting.add(line);
            waitingSize += size(line);
            notifyAll();
        }
    }

    /** Waits a while; after one message that waited in vain the next ones do not wait until there is room again. */
    private boolean awaitRoom(int size) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (waitingSize + size > MOST_WAITING && !waiting.isEmpty()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (impatient || left <= 0) {
                impatient = true;
                return false;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        impatient = false;
        return true;
    }

    private static int size(Event.Line line) {
        return line.message().length() + EventLogStore.LINE_OVERHEAD;
    }

    private Instant now() {
        return clock.instant();
    }

    private void writeAll() {
        while (true) {
            List<Event.Line> batch = take();
            if (batch.isEmpty()) {
                return;
            }
            try {
                store.appendLazily(event, batch);
                trim(batch);
                signals.raise(event);
            } catch (DataAccessException | TransactionException e) {
                LOG.warnf("%d log lines of event %s are lost: %s", batch.size(), event, e.getMessage());
            } catch (RuntimeException | Error e) {
                // Whoever flushes waits for this thread: it must not go.
                LOG.errorf(e, "%d log lines of event %s are lost", batch.size(), event);
            } finally {
                written();
            }
        }
    }

    private void trim(List<Event.Line> batch) {
        batch.forEach(line -> writtenSize += size(line));
        int most = EventLogStore.MOST_HEAD + EventLogStore.MOST_TAIL;
        if (writtenSize > most + TRIM_AFTER) {
            store.trim(event);
            writtenSize = most;
        }
    }

    private synchronized List<Event.Line> take() {
        while (waiting.isEmpty() && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        List<Event.Line> batch = List.copyOf(waiting);
        waiting.clear();
        waitingSize = 0;
        writing = !batch.isEmpty();
        notifyAll();
        return batch;
    }

    private synchronized void written() {
        writing = false;
        notifyAll();
    }

    /** Returns when all that was appended is written, or could not be. */
    synchronized void flush() throws InterruptedException {
        while (writing || !waiting.isEmpty()) {
            wait();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
