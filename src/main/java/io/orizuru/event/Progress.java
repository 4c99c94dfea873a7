package io.orizuru.event;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * The log of one running event: lines are taken at once and written in batches by a thread of their own, so that neither
 * the database nor a reader slows the work.
 */
final class Progress implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Progress.class);
    /** The most messages of one event; what comes after is counted, not kept. */
    private static final int MAX_LINES = 50_000;

    private static final int MAX_LENGTH = 64 << 10;

    private final String event;
    private final EventStore store;
    private final Signals signals;
    private final Clock clock;
    private final List<Event.Line> waiting = new ArrayList<>();
    private final Thread writer;
    private int last;
    private boolean closed;
    private boolean writing;

    Progress(String event, int last, EventStore store, Signals signals, Clock clock) {
        this.event = event;
        this.last = last;
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        this.writer = Thread.ofVirtual().name("progress-" + event).start(this::writeAll);
    }

    /** Adds a message as it is; most end with a newline. Nothing is kept of NUL characters, which the database refuses. */
    synchronized void append(String message) {
        if (last > MAX_LINES) {
            return;
        }
        last++;
        String text = last > MAX_LINES ? "… the rest of this log was not kept\n" : cut(message.replace("\0", ""));
        waiting.add(new Event.Line(last, now(), text));
        notifyAll();
    }

    private Instant now() {
        return clock.instant();
    }

    private static String cut(String message) {
        return message.length() <= MAX_LENGTH ? message : message.substring(0, MAX_LENGTH) + "…\n";
    }

    private void writeAll() {
        while (true) {
            List<Event.Line> batch = take();
            if (batch.isEmpty()) {
                return;
            }
            try {
                store.appendLazily(event, batch);
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
        writing = !batch.isEmpty();
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
