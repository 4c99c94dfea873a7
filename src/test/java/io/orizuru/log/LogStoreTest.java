package io.orizuru.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.db.TestDatabase;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@SuppressWarnings("NullAway.Init") // Set before all tests.
final class LogStoreTest {
    private static TestDatabase database;

    @BeforeAll
    static void startDatabase() throws IOException {
        database = new TestDatabase();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        database.close();
    }

    @Test
    void aReaderThatGoesOnFromTheLastNumberMissesNothingWhileManyWrite() throws InterruptedException {
        LogStore store = new LogStore(database.database());
        int writers = 4;
        int batches = 60;
        int batch = 50;
        List<Thread> threads = IntStream.range(0, writers)
                .mapToObj(writer -> Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < batches; i++) {
                        store.write(lines("busy", "writer-" + writer, i * batch, batch));
                    }
                }))
                .toList();
        List<LogStore.Stored> seen = new ArrayList<>();
        long last = 0;
        boolean over = false;
        while (!over) {
            over = threads.stream().noneMatch(Thread::isAlive);
            List<LogStore.Stored> more = store.after(Map.of("busy", last), 100_000);
            seen.addAll(more);
            last = more.isEmpty() ? last : more.getLast().id();
        }

        assertThat(seen).hasSize(writers * batches * batch);
        for (int writer = 0; writer < writers; writer++) {
            String unit = "writer-" + writer;
            assertThat(seen.stream().map(LogStore.Stored::line).filter(line -> line.unit()
                            .equals(unit)))
                    .extracting(LogLine::message)
                    .containsExactlyElementsOf(IntStream.range(0, batches * batch)
                            .mapToObj(String::valueOf)
                            .toList());
        }
    }

    @Test
    void readsOnForSeveralAppsFromTheirOwnNumbers() {
        LogStore store = new LogStore(database.database());
        store.write(lines("one", "u", 0, 5));
        long one = store.newest("one");
        store.write(lines("two", "u", 0, 3));
        store.write(lines("one", "u", 5, 5));

        List<LogStore.Stored> after = store.after(Map.of("one", one, "two", 0L, "three", 0L), 4);
        assertThat(after)
                .extracting(stored -> stored.line().app() + " " + stored.line().message())
                .containsExactly("two 0", "two 1", "two 2", "one 5", "one 6", "one 7", "one 8");
    }

    @Test
    void trimmingDeletesTheOldestOnly() {
        LogStore store = new LogStore(database.database());
        store.write(lines("long", "u", 0, 20));
        store.write(lines("other", "u", 0, 20));

        assertThat(store.trim("long", 20, 1000)).isZero();
        assertThat(store.trim("long", 5, 1000)).isEqualTo(15);
        assertThat(stored(store, "long")).extracting(LogLine::message).containsExactly("15", "16", "17", "18", "19");
        assertThat(store.trim("long", 100, 4)).isEqualTo(3);
        assertThat(stored(store, "other")).hasSize(20);
    }

    private static List<LogLine> stored(LogStore store, String app) {
        List<LogLine> lines = new ArrayList<>();
        Query query = Query.newest(100);
        new StoredLog(store, app, query, store.range(app, query, Long.MAX_VALUE)).forEachRemaining(lines::addAll);
        return lines;
    }

    private static List<LogLine> lines(String app, String unit, int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> new LogLine(app, Instant.EPOCH, "web", unit, String.valueOf(i)))
                .toList();
    }
}
