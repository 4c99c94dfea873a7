package io.orizuru.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.db.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@SuppressWarnings("NullAway.Init") // Set before all tests.
final class LogsTest {
    private static final Instant START = Instant.parse("2020-01-01T12:00:00Z");
    private static final Intake.Bounds ROOMY = new Intake.Bounds(20_000, 16L * 1024 * 1024, 4);
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final AtomicInteger APPS = new AtomicInteger();

    private static TestDatabase database;

    private final List<Logs> started = new ArrayList<>();
    private final String app = "app-" + APPS.incrementAndGet();

    @BeforeAll
    static void startDatabase() throws IOException {
        database = new TestDatabase();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        database.close();
    }

    @AfterEach
    void stop() {
        database.cutOff(false);
        started.forEach(Logs::stop);
    }

    @Test
    void whatWasAcceptedIsSeenByTheNextRead() {
        Logs logs = server();
        for (int i = 0; i < 3; i++) {
            logs.accept(line("web", "u1", "line " + i));
        }

        assertThat(all(logs.read(app, Query.newest(10))))
                .containsExactly(line("web", "u1", "line 0"), line("web", "u1", "line 1"), line("web", "u1", "line 2"));
    }

    @Test
    void readsTheNewestBySourceAndUnit() {
        Logs logs = server();
        logs.accept(line("web", "u1", "1"));
        logs.accept(line("web", "u2", "2"));
        logs.accept(line("worker", "u3", "3"));
        logs.accept(line("app", "", "4"));

        assertThat(messages(all(logs.read(app, new Query(10, "web", false, null)))))
                .containsExactly("1", "2");
        assertThat(messages(all(logs.read(app, new Query(1, "web", false, "")))))
                .containsExactly("2");
        assertThat(messages(all(logs.read(app, new Query(10, "web", true, null)))))
                .containsExactly("3", "4");
        assertThat(messages(all(logs.read(app, new Query(10, "", true, "u2"))))).containsExactly("2");
        assertThat(messages(all(logs.read(app, new Query(10, "web", false, "u3")))))
                .isEmpty();
        assertThat(messages(all(logs.read(app, Query.newest(2))))).containsExactly("3", "4");
        assertThat(all(logs.read(app, Query.newest(0)))).isEmpty();
        assertThat(all(logs.read(app, Query.newest(-3)))).isEmpty();
        assertThat(all(logs.read("nobody", Query.newest(10)))).isEmpty();
    }

    @Test
    void linesComeInTheOrderOfTime() {
        Logs logs = server();
        logs.accept(new LogLine(app, START.plusSeconds(2), "web", "u1", "second"));
        logs.accept(new LogLine(app, START.plusSeconds(1), "web", "u2", "first"));

        assertThat(messages(all(logs.read(app, Query.newest(10))))).containsExactly("first", "second");
    }

    @Test
    void keepsWhateverIsPrinted() {
        Logs logs = server();
        String euros = "€".repeat(30_000);
        logs.accept(line("web", "u1", "two\nlines\tand \"quotes\" {}, \\N ünd 🎈"));
        logs.accept(line("w\0eb", "u\0", "a\0b"));
        logs.accept(line("web", "u1", "half a pair: \ud83c"));
        logs.accept(line("web", "u1", euros));
        logs.accept(new LogLine(app, Instant.MAX, "web", "u1", "from the end of time"));
        logs.accept(line("web", "u1", ""));

        List<LogLine> lines = all(logs.read(app, Query.newest(10)));
        assertThat(lines).hasSize(6);
        assertThat(messages(lines))
                .contains("two\nlines\tand \"quotes\" {}, \\N ünd 🎈", "a\ufffdb", "from the end of time", "");
        assertThat(lines.get(1).source()).isEqualTo("w\ufffdeb");
        assertThat(messages(lines)).anyMatch(message -> message.equals("€".repeat(21_843) + " [cut]"));
    }

    @Test
    void aCutNeverSplitsACharacter() {
        LogLine cut = Sanitizer.clean(line("web", "u1", "x" + "🎈".repeat(20_000)), START);

        assertThat(cut.message()).endsWith("🎈 [cut]");
        assertThat(cut.message().getBytes(StandardCharsets.UTF_8).length).isBetween(64 * 1024 - 4, 64 * 1024);
    }

    @Test
    void anAppKeepsItsNewestLinesOnly() {
        Logs logs = server(new Logs.Limits(100, 1024 * 1024, ROOMY));
        for (int i = 0; i < 1000; i++) {
            logs.accept(line("web", "u1", "line " + i));
            if (i % 100 == 0) {
                all(logs.read(app, Query.newest(1)));
            }
        }

        until(() -> all(logs.read(app, Query.newest(10_000))).size() <= 110);
        List<LogLine> kept = all(logs.read(app, Query.newest(10_000)));
        assertThat(kept).hasSizeGreaterThanOrEqualTo(100);
        assertThat(kept.getLast().message()).isEqualTo("line 999");
        assertThat(messages(all(logs.read(app, Query.newest(2))))).containsExactly("line 998", "line 999");
    }

    @Test
    void anAppKeepsItsNewestBytesOnly() {
        Logs logs = server(new Logs.Limits(10_000, 100_000, ROOMY));
        for (int i = 0; i < 50; i++) {
            logs.accept(line("web", "u1", String.valueOf(i % 10).repeat(10_000)));
        }

        until(() -> all(logs.read(app, Query.newest(10_000))).size() <= 11);
        assertThat(all(logs.read(app, Query.newest(10_000)))).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void aDatabaseThatIsAwayDelaysLinesAndLosesNone() {
        Logs logs = server();
        logs.accept(line("web", "u1", "before"));
        all(logs.read(app, Query.newest(1)));
        database.cutOff(true);
        int refused = database.refused();
        for (int i = 0; i < 500; i++) {
            logs.accept(line("web", "u1", "meanwhile " + i));
        }
        until(() -> database.refused() >= refused + 3);
        database.cutOff(false);

        until(() -> all(logs.read(app, Query.newest(1000))).size() == 501);
        assertThat(all(logs.read(app, Query.newest(1000))).getLast().message()).isEqualTo("meanwhile 499");
    }

    @Test
    void whatIsDroppedIsToldInTheAppsOwnLogAndCostsTheOthersNothing() {
        Logs logs = server(new Logs.Limits(10_000, 4 * 1024 * 1024, new Intake.Bounds(100, 1024 * 1024, 4)));
        String quiet = app + "-quiet";
        database.cutOff(true);
        int refused = database.refused();
        logs.accept(line("web", "u1", "taken by the writer"));
        until(() -> database.refused() > refused);
        for (int i = 0; i < 1000; i++) {
            logs.accept(line("web", "u1", "flood " + i));
        }
        logs.accept(new LogLine(quiet, START, "web", "u1", "whisper"));
        database.cutOff(false);

        until(() -> messages(all(logs.read(app, Query.newest(1000)))).stream().anyMatch(m -> m.contains("dropped")));
        List<LogLine> lines = all(logs.read(app, Query.newest(1000)));
        LogLine notice = lines.getLast();
        assertThat(notice.source()).isEqualTo("tsuru");
        int dropped = Integer.parseInt(notice.message().replaceFirst(" .*", ""));
        assertThat(lines.size() - 1 + dropped).isEqualTo(1001);
        assertThat(notice.message()).endsWith("lines were dropped: more came than could be kept in time");
        assertThat(messages(all(logs.read(quiet, Query.newest(10))))).containsExactly("whisper");
    }

    @Test
    void takingALineDoesNotWaitForTheDatabase() {
        Logs logs = server();
        database.cutOff(true);
        long start = System.nanoTime();
        for (int i = 0; i < 50_000; i++) {
            logs.accept(line("web", "u1", "line " + i));
        }
        Duration taken = Duration.ofNanos(System.nanoTime() - start);
        database.cutOff(false);

        assertThat(taken).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void followersGetTheNewestLinesAndThenEachNewOneOnce() throws InterruptedException {
        Logs logs = server();
        for (int i = 0; i < 5; i++) {
            logs.accept(line("web", "u1", "old " + i));
        }
        try (Subscription all = logs.follow(app, Query.newest(2));
                Subscription workers = logs.follow(app, new Query(0, "worker", false, null))) {
            for (int i = 0; i < 2500; i++) {
                logs.accept(line(i % 500 == 0 ? "worker" : "web", "u1", "new " + i));
                if (i % 500 == 499) {
                    // As a reader that keeps up.
                    all(logs.read(app, Query.newest(1)));
                }
            }
            logs.accept(new LogLine(app + "-other", START, "web", "u1", "somebody else's"));

            List<String> expected = new ArrayList<>(List.of("old 3", "old 4"));
            IntStream.range(0, 500).forEach(i -> expected.add("new " + i));
            assertThat(messages(collect(all, 502)).subList(0, 502)).isEqualTo(expected);
            assertThat(messages(collect(workers, 5)))
                    .containsExactly("new 0", "new 500", "new 1000", "new 1500", "new 2000");
        }
    }

    @Test
    void linesThatAnotherServerTookArriveAsWell() throws InterruptedException {
        Logs here = server();
        Logs there = server();
        try (Subscription follower = here.follow(app, Query.newest(10))) {
            int each = 300;
            Thread other = Thread.ofVirtual().start(() -> {
                for (int i = 0; i < each; i++) {
                    there.accept(line("there", "u2", "there " + i));
                    if (i % 20 == 0) {
                        all(there.read(app, Query.newest(1)));
                    }
                }
            });
            for (int i = 0; i < each; i++) {
                here.accept(line("here", "u1", "here " + i));
                if (i % 20 == 0) {
                    all(here.read(app, Query.newest(1)));
                }
            }
            other.join();

            List<LogLine> lines = collect(follower, 2 * each);
            assertThat(lines).hasSize(2 * each);
            assertThat(new HashSet<>(messages(lines))).hasSize(2 * each);
            for (String source : List.of("here", "there")) {
                assertThat(lines.stream().filter(l -> l.source().equals(source)).map(LogLine::message))
                        .containsExactlyElementsOf(IntStream.range(0, each)
                                .mapToObj(i -> source + " " + i)
                                .toList());
            }
        }
    }

    @Test
    void aSlowReaderLosesLinesAndIsToldHowManyWhileOthersGetAll() throws InterruptedException {
        Logs logs = server();
        try (Subscription slow = logs.follow(app, Query.newest(0));
                Subscription quick = logs.follow(app, Query.newest(0))) {
            int got = 0;
            for (int i = 0; i < 6; i++) {
                for (int j = 0; j < 500; j++) {
                    logs.accept(line("web", "u1", "line " + (500 * i + j)));
                }
                got += collect(quick, 500).size();
            }
            assertThat(got).isEqualTo(3000);

            List<LogLine> late = collect(slow, 1001);
            LogLine notice = late.removeLast();
            assertThat(notice.source()).isEqualTo("tsuru");
            assertThat(notice.message()).isEqualTo("2000 lines were lost here: they were not read in time");
            assertThat(late).hasSize(1000);
            assertThat(late.getLast().message()).isEqualTo("line 999");

            logs.accept(line("web", "u1", "after"));
            assertThat(messages(slow.next(SOON))).containsExactly("after");
        }
    }

    @Test
    void followersGoOnAfterTheDatabaseWasAway() throws InterruptedException {
        Logs logs = server();
        try (Subscription follower = logs.follow(app, Query.newest(0))) {
            database.cutOff(true);
            logs.accept(line("web", "u1", "meanwhile"));
            assertThat(follower.next(Duration.ofMillis(700))).isEmpty();
            database.cutOff(false);

            assertThat(messages(follower.next(SOON))).containsExactly("meanwhile");
        }
    }

    @Test
    void removingAnAppDeletesItsLinesAndEndsItsFollowers() throws InterruptedException {
        Logs logs = server();
        logs.accept(line("web", "u1", "gone soon"));
        logs.accept(new LogLine(app + "-other", START, "web", "u1", "stays"));
        try (Subscription follower = logs.follow(app, Query.newest(0))) {
            logs.remove(app);

            assertThat(follower.next(SOON)).isEmpty();
            assertThat(follower.isOpen()).isFalse();
        }
        assertThat(all(logs.read(app, Query.newest(10)))).isEmpty();
        assertThat(all(logs.read(app + "-other", Query.newest(10)))).hasSize(1);
    }

    @Test
    void whatWasAcceptedIsWrittenBeforeTheServerStops() {
        Logs logs = server();
        logs.accept(line("web", "u1", "last words"));
        logs.stop();

        assertThat(messages(all(server().read(app, Query.newest(1))))).containsExactly("last words");
    }

    @Test
    void anEntryHasTheNamesOfTheApi() throws IOException {
        String json = new ObjectMapper()
                .writeValueAsString(LogEntry.of(
                        new LogLine("logger", Instant.parse("2026-11-23T14:37:24.902869Z"), "web", "u1", "hi")));

        assertThat(json)
                .isEqualTo("{\"Date\":\"2026-11-23T14:37:24.902869Z\",\"Message\":\"hi\",\"Source\":\"web\","
                        + "\"AppName\":\"logger\",\"Unit\":\"u1\"}");
    }

    private Logs server() {
        return server(Logs.Limits.STANDARD);
    }

    private Logs server(Logs.Limits limits) {
        Logs logs = new Logs(database.database(), Clock.systemUTC(), limits);
        logs.start();
        started.add(logs);
        return logs;
    }

    private LogLine line(String source, String unit, String message) {
        return new LogLine(app, START.truncatedTo(ChronoUnit.MICROS), source, unit, message);
    }

    private static List<String> messages(List<LogLine> lines) {
        return lines.stream().map(LogLine::message).toList();
    }

    private static List<LogLine> all(StoredLog stored) {
        List<LogLine> lines = new ArrayList<>();
        stored.forEachRemaining(lines::addAll);
        return lines;
    }

    private static List<LogLine> collect(Subscription subscription, int atLeast) throws InterruptedException {
        List<LogLine> lines = new ArrayList<>();
        while (lines.size() < atLeast) {
            List<LogLine> more = subscription.next(SOON);
            assertThat(more).as("more than %s lines", lines.size()).isNotEmpty();
            lines.addAll(more);
        }
        return lines;
    }

    private static void until(BooleanSupplier condition) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("the condition within %s", SOON).isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }
}
