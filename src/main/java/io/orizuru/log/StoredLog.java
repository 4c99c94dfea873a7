package io.orizuru.log;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/** The newest lines of an app, in the order of time, read page by page: however many they are, one page is in memory. */
public final class StoredLog implements Iterator<List<LogLine>> {
    private final LogStore store;
    private final String app;
    private final Query query;
    private final LogStore.Range range;
    private LogStore.Place last = LogStore.Place.BEGIN;
    private List<LogStore.Stored> next;

    /** Reads the first page. */
    StoredLog(LogStore store, String app, Query query, LogStore.Range range) {
        this.store = store;
        this.app = app;
        this.query = query;
        this.range = range;
        this.next = page();
    }

    private List<LogStore.Stored> page() {
        return query.lines() == 0 ? List.of() : store.page(app, query, range, last);
    }

    @Override
    public boolean hasNext() {
        if (next.isEmpty() && !last.equals(LogStore.Place.BEGIN) && !last.equals(LogStore.Place.END)) {
            next = page();
            if (next.isEmpty()) {
                last = LogStore.Place.END;
            }
        }
        return !next.isEmpty();
    }

    @Override
    public List<LogLine> next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        LogStore.Stored end = next.getLast();
        last = new LogStore.Place(end.line().at().toString(), end.id());
        List<LogLine> lines = next.stream().map(LogStore.Stored::line).toList();
        next = List.of();
        return lines;
    }
}
