package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Two servers of one machine, on one database that is nobody's own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class TwoServersIT {
    /** A lease's length, and what taking over and going on needs on a busy machine. */
    private static final Duration TAKE_OVER = Duration.ofSeconds(15 + 25);

    /** A server lets a hundredth of 18000 requests of an address through without asking the database. */
    private static final int MORE_THAN_A_SHARE = 200;

    private Pair pair;
    private TestServer one;
    private TestServer other;
    private Installation here;
    private Tsuru atOne;
    private Tsuru atOther;

    @BeforeAll
    void start() throws IOException {
        pair = Pair.start();
        one = pair.one();
        other = pair.other();
        here = Installation.on(one);
        atOne = pair.tsuru(one);
        atOther = pair.tsuru(other);
    }

    @AfterAll
    void end() throws IOException {
        pair.close();
    }

    @BeforeEach
    void bothRun() {
        if (!one.isRunning()) {
            one.restart();
        }
    }

    @Test
    void anyServerRunsTheNextOperation() {
        here.create("shared", "static", Source.example("static"));
        Reply set = atOther.post("/1.0/apps/shared/env", "Envs.0.Name", "WHERE", "Envs.0.Value", "there");
        assertThat(set.error()).isEmpty();
        for (TestServer server : List.of(one, other)) {
            Eventually.holds(
                    () -> assertThat(pair.visitorAt(server, "shared").page()).contains("It flies."));
        }
        assertThat(pair.column(
                        "select distinct instance from event where target_value = 'shared' and change_kind <> ''"))
                .hasSize(2);
        assertThat(here.units("shared")).isEqualTo(unitsAt(atOther, "shared"));
        Eventually.holds(() -> assertThat(pair.unitsOnDisk("shared")).hasSize(1));

        Reply added = atOther.put("/1.0/apps/shared/units", "units", "1");
        assertThat(added.error()).isEmpty();
        Reply removed = atOne.delete("/1.0/apps/shared/units?units=2");
        assertThat(removed.error()).isEmpty();
        Eventually.holds(() -> assertThat(pair.unitsOnDisk("shared")).isEmpty());
    }

    @Test
    void unitsThatAreToEndWithTheirServersGoOnWhileTheLastOfThemRuns() {
        here.create("staying", "static", Source.example("static"));
        Visitor visitor = pair.visitorAt(other, "staying");
        Eventually.holds(() -> assertThat(visitor.page()).contains("It flies."));
        Set<Long> before = here.processes("staying");
        assertThat(before).isNotEmpty();

        one.terminate();
        assertThat(visitor.page()).contains("It flies.");
        assertThat(here.processes("staying")).isEqualTo(before);

        other.terminate();
        assertThat(here.processes("staying")).isEmpty();
        other.restart();
        Eventually.holds(() -> assertThat(visitor.page()).as("started anew").contains("It flies."));
        assertThat(atOther.delete("/1.0/apps/staying").error()).isEmpty();
    }

    @Test
    void visitorsOfBothServersWakeAnAppOnce() {
        here.create("dozing", "static", Source.example("static"));
        Reply slept = atOne.post("/1.0/apps/dozing/sleep", "wake", "true");
        assertThat(slept.error()).isEmpty();
        List<CompletableFuture<String>> pages = Stream.of(one, other, one, other)
                .map(server -> CompletableFuture.supplyAsync(
                        () -> pair.visitorAt(server, "dozing").page(),
                        task -> Thread.ofVirtual().start(task)))
                .toList();
        assertThat(pages).allSatisfy(page -> assertThat(page.join()).contains("It flies."));
        assertThat(pair.column("select id from event where target_value = 'dozing' and kind = 'app.wake'"))
                .hasSize(1);
    }

    @Test
    void whatAKilledServerBeganTheOtherEnds() {
        here.create("killed", "python", Source.slow(0));
        Eventually.holds(
                () -> assertThat(pair.visitorAt(other, "killed").page()).contains("after 0 s"));
        Visits visits = Visits.of(pair.visitorAt(other, "killed"));
        try (visits) {
            CompletableFuture<Reply> deploy =
                    atOne.startDeploy("killed", Source.slow(4).archive());
            String event = runningDeploy("killed");
            one.kill();
            deploy.exceptionally(brokenOff -> null).join();
            awaitEnd(event);
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(pair.visitorAt(other, "killed").page()).contains("after 4 s");
        Eventually.holds(() -> assertThat(pair.unitsOnDisk("killed")).hasSize(1));
        // Whoever takes what units print: each line once.
        for (String line : List.of("slept for 0 s", "slept for 4 s")) {
            Eventually.holds(
                    () -> assertThat(pair.column("select id from log_line where app = 'killed' and message = ?", line))
                            .hasSize(1));
        }
    }

    @Test
    void aServerThatWasFrozenForLongerThanItsLeaseDoesNoHarm() throws Exception {
        here.create("frozen", "python", Source.slow(0));
        CompletableFuture<Reply> deploy =
                atOne.startDeploy("frozen", Source.slow(4).archive());
        String event = runningDeploy("frozen");
        Pair.signal(one.process(), "STOP");
        List<String> served;
        try {
            awaitEnd(event);
            Reply changed = atOther.post("/1.0/apps/frozen/env", "Envs.0.Name", "LATER", "Envs.0.Value", "1");
            assertThat(changed.error()).isEmpty();
            served = pair.column("select id from unit where app = 'frozen'");
        } finally {
            Pair.signal(one.process(), "CONT");
        }
        Reply told = Tsuru.await(deploy);
        assertThat(told.body()).endsWith("\nOK\n");
        // The one that slept finds out by itself; what it may have touched is as the other left it.
        Eventually.holds(() -> assertThat(one.outputTail()).contains(event + " goes on elsewhere"));
        Eventually.holds(() -> {
            assertThat(pair.column("select id from unit where app = 'frozen'")).isEqualTo(served);
            assertThat(pair.unitsOnDisk("frozen")).isEqualTo(served);
            assertThat(pair.column("select event from target_lock")).isEmpty();
            for (TestServer server : List.of(one, other)) {
                assertThat(pair.visitorAt(server, "frozen").page()).contains("after 4 s");
            }
        });
        assertThat(pair.column("select attempts || error from event where id = ?", event))
                .containsExactly("2");
        assertThat(pair.column("select id from event where target_value = 'frozen' and kind = 'app.restore'"))
                .isEmpty();
    }

    /** Whoever looks after a trial hears of what other servers' routers see, and they of its weights. */
    @Test
    void aCanaryIsJudgedByWhatTheRoutersOfAllServersSee() throws IOException {
        here.create("tried", "python", Source.slow(0));
        Reply deployed = atOne.multipart(
                "POST",
                "/1.0/apps/tried/deploy",
                Source.slow(0).replacing("app.py", "200", "500").archive(),
                "origin",
                "app-deploy",
                "new-version",
                "true");
        assertThat(deployed.body()).endsWith("\nOK\n");
        Reply tried;
        try (Visits visits = Visits.of(pair.visitorAt(other, "tried"))) {
            tried = Tsuru.await(atOne.startForm(
                    "POST", "/1.0/apps/tried/canary", "version", "2", "steps.0", "20", "interval", "60"));
            assertThat(visits.failed()).isNotEmpty().allMatch(failure -> failure.startsWith("500 after 0 s"));
        }
        assertThat(tried.error()).startsWith("withdrawn at 20 %: version 2 failed ");
        Eventually.holds(() -> {
            for (int look = 0; look < 10; look++) {
                assertThat(pair.visitorAt(other, "tried").look("/").status()).isEqualTo(200);
            }
        });
    }

    @Test
    void bothGoOnAfterTheDatabaseWasAway() {
        here.create("patient", "static", Source.example("static"));
        Eventually.holds(
                () -> assertThat(pair.visitorAt(other, "patient").page()).contains("It flies."));
        pair.stopDatabase();
        try {
            for (Tsuru tsuru : List.of(atOne, atOther)) {
                Reply refused = tsuru.get("/1.0/apps");
                assertThat(refused.status()).as(refused.body()).isEqualTo(503);
                assertThat(refused.header("Retry-After")).isNotEmpty();
                assertThat(tsuru.get("/healthcheck?check=all").body()).contains("PostgreSQL: fail");
                Tsuru nobody = tsuru.as(null);
                for (int i = 0; i < MORE_THAN_A_SHARE; i++) {
                    assertThat(nobody.get("/metrics").status()).isEqualTo(200);
                }
                Reply health = nobody.get("/healthcheck?check=all");
                assertThat(health.status()).as(health.body()).isEqualTo(500);
                assertThat(health.body()).contains("PostgreSQL: fail");
            }
            assertThat(pair.visitorAt(other, "patient").page()).contains("It flies.");
        } finally {
            pair.startDatabase();
        }
        for (Tsuru tsuru : List.of(atOne, atOther)) {
            Eventually.holds(
                    () -> assertThat(tsuru.get("/1.0/apps/patient").status()).isEqualTo(200));
            Reply set = tsuru.post("/1.0/apps/patient/env", "Envs.0.Name", "BACK", "Envs.0.Value", "yes");
            assertThat(set.error()).isEmpty();
        }
    }

    private static Set<String> unitsAt(Tsuru tsuru, String app) {
        return new TreeSet<>(tsuru.get("/1.0/apps/" + app).json().path("units").findValuesAsText("ID"));
    }

    /** Waits until the deploy has a new unit that is not healthy yet. */
    private String runningDeploy(String app) {
        Eventually.holds(() -> assertThat(pair.column("select id from unit where app = ? and not healthy", app))
                .hasSize(1));
        return pair.column("select id from event where running and target_value = ?", app)
                .getFirst();
    }

    private void awaitEnd(String event) {
        long begin = System.nanoTime();
        while (!pair.column("select id from event where id = ? and running", event)
                .isEmpty()) {
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(TAKE_OVER);
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }
}
