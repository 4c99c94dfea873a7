package io.orizuru.event;

import java.io.Reader;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** What is kept of an event's log, read page by page: however long it is, no more than one page is in memory. */
final class KeptLog implements Iterable<Event.Line> {
    private final EventLogStore store;
    private final String event;

    KeptLog(EventLogStore store, String event) {
        this.store = store;
        this.event = event;
    }

    /** Stands before a line where lines are missing. */
    static Event.Line gap(int last, Event.Line next) {
        int missing = next.number() - last - 1;
        return new Event.Line(
                next.number() - 1,
                next.at(),
                "… " + missing + (missing == 1 ? " message is" : " messages are")
                        + " not kept here: the log is too long\n");
    }

    @Override
    public Iterator<Event.Line> iterator() {
        return new Lines(store.window(event));
    }

    /** All of it as one text, each message with its time before it. */
    Reader text() {
        return new Text(iterator());
    }

    private final class Lines implements Iterator<Event.Line> {
        private static final Event.Line NONE = new Event.Line(0, Instant.EPOCH, "");

        private final EventLogStore.Window window;
        private Iterator<Event.Line> page = List.<Event.Line>of().iterator();
        private Event.Line next = NONE;
        private boolean gapTold;
        private boolean ahead;
        private int last;
        private boolean ended;

        private Lines(EventLogStore.Window window) {
            this.window = window;
        }

        @Override
        public boolean hasNext() {
            if (ahead) {
                return true;
            }
            if (ended) {
                return false;
            }
            if (!page.hasNext()) {
                page = store.page(event, last, window).iterator();
            }
            if (!page.hasNext()) {
                ended = true;
                return false;
            }
            next = page.next();
            ahead = true;
            gapTold = next.number() == last + 1;
            return true;
        }

        @Override
        public Event.Line next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            if (!gapTold) {
                gapTold = true;
                return gap(last, next);
            }
            ahead = false;
            last = next.number();
            return next;
        }
    }

    private static final class Text extends Reader {
        private final Iterator<Event.Line> lines;
        private String line = "";
        private int at;

        private Text(Iterator<Event.Line> lines) {
            this.lines = lines;
        }

        @Override
        public int read(char[] into, int from, int most) {
            if (most == 0) {
                return 0;
            }
            while (at == line.length()) {
                if (!lines.hasNext()) {
                    return -1;
                }
                line = lines.next().dated();
                at = 0;
            }
            int count = Math.min(most, line.length() - at);
            line.getChars(at, at + count, into, from);
            at += count;
            return count;
        }

        @Override
        public void close() {}
    }
}
