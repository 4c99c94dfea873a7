package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orizuru.db.DatabaseAccess;
import io.orizuru.db.EmbeddedPostgres;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
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

    private Path directory;
    private Path postgres;
    private EmbeddedPostgres database;
    private TestServer one;
    private TestServer other;
    private Installation here;
    private Tsuru atOne;
    private Tsuru atOther;

    @BeforeAll
    void start() throws IOException {
        directory = Files.createTempDirectory("orizuru-two-");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        postgres = Files.createDirectory(directory.resolve("database"));
        database = EmbeddedPostgres.start(postgres);
        database.awaitReady();
        DatabaseAccess access = database.access();
        String password = Objects.requireNonNull(access.password()).value();
        String url = access.jdbcUrl().replace("jdbc:postgresql://", "postgresql://orizuru:" + password + "@");
        Consumer<ObjectNode> shared =
                settings -> settings.put("data", directory.resolve("data").toString())
                        .put("key-file", directory.resolve("key.json").toString())
                        .put("database-url", url)
                        .put("stop-units", true);
        one = TestServer.start(shared);
        other = TestServer.start(shared);
        here = Installation.on(one);
        atOne = here.tsuru();
        atOther = new Tsuru(other.api(), one.adminToken());
    }

    @AfterAll
    void end() throws IOException {
        other.close();
        one.close();
        database.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    @BeforeEach
    void bothRun() {
        if (!one.isRunning()) {
            one.restart();
        }
    }

    private Visitor visitorAt(TestServer server, String app) {
        return new Visitor(server.router(), app + ".apps.example.com");
    }

    private List<String> column(String query, String... parameters) {
        try (Rows rows = Rows.in(postgres)) {
            return rows.column(query, parameters);
        }
    }

    @Test
    void anyServerRunsTheNextOperation() {
        here.create("shared", "static", Source.example("static"));
        Reply set = atOther.post("/1.0/apps/shared/env", "Envs.0.Name", "WHERE", "Envs.0.Value", "there");
        assertThat(set.error()).isEmpty();
        for (TestServer server : List.of(one, other)) {
            Eventually.holds(
                    () -> assertThat(visitorAt(server, "shared").page()).contains("It flies."));
        }
        assertThat(column("select distinct instance from event where target_value = 'shared' and change_kind <> ''"))
                .hasSize(2);
        assertThat(here.units("shared")).isEqualTo(unitsAt(atOther, "shared"));
        Eventually.holds(() -> assertThat(unitsOnDisk("shared")).hasSize(1));
        // Each line once, though both see the units.
        Eventually.holds(() -> {
            List<String> lines = column("select message from log_line where app = 'shared' and source = 'web'");
            assertThat(lines).isNotEmpty();
        });

        Reply added = atOther.put("/1.0/apps/shared/units", "units", "1");
        assertThat(added.error()).isEmpty();
        Reply removed = atOne.delete("/1.0/apps/shared/units?units=2");
        assertThat(removed.error()).isEmpty();
        Eventually.holds(() -> assertThat(unitsOnDisk("shared")).isEmpty());
    }

    @Test
    void whatAKilledServerBeganTheOtherEnds() {
        here.create("killed", "python", Source.slow(0));
        Visits visits = Visits.of(visitorAt(other, "killed"));
        try (visits) {
            CompletableFuture<Reply> deploy =
                    atOne.startDeploy("killed", Source.slow(4).archive());
            String event = runningDeploy("killed");
            one.kill();
            deploy.exceptionally(brokenOff -> null).join();
            awaitEnd(event);
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(visitorAt(other, "killed").page()).contains("after 4 s");
        Eventually.holds(() -> assertThat(unitsOnDisk("killed")).hasSize(1));
    }

    @Test
    void aServerThatWasFrozenForLongerThanItsLeaseDoesNoHarm() throws Exception {
        here.create("frozen", "python", Source.slow(0));
        CompletableFuture<Reply> deploy =
                atOne.startDeploy("frozen", Source.slow(4).archive());
        String event = runningDeploy("frozen");
        signal("STOP");
        List<String> served;
        try {
            awaitEnd(event);
            Reply changed = atOther.post("/1.0/apps/frozen/env", "Envs.0.Name", "LATER", "Envs.0.Value", "1");
            assertThat(changed.error()).isEmpty();
            served = column("select id from unit where app = 'frozen'");
        } finally {
            signal("CONT");
        }
        Reply told = Tsuru.await(deploy);
        assertThat(told.body()).endsWith("\nOK\n");
        // The one that slept finds out by itself; what it may have touched is as the other left it.
        Eventually.holds(() -> assertThat(one.outputTail()).contains(event + " goes on elsewhere"));
        Eventually.holds(() -> {
            assertThat(column("select id from unit where app = 'frozen'")).isEqualTo(served);
            assertThat(unitsOnDisk("frozen")).isEqualTo(served);
            assertThat(column("select event from target_lock")).isEmpty();
            for (TestServer server : List.of(one, other)) {
                assertThat(visitorAt(server, "frozen").page()).contains("after 4 s");
            }
        });
        assertThat(column("select attempts || error from event where id = ?", event))
                .containsExactly("2");
        assertThat(column("select id from event where target_value = 'frozen' and kind = 'app.restore'"))
                .isEmpty();
    }

    @Test
    void bothGoOnAfterTheDatabaseWasAway() {
        here.create("patient", "static", Source.example("static"));
        database.close();
        try {
            for (Tsuru tsuru : List.of(atOne, atOther)) {
                Reply refused = tsuru.get("/1.0/apps");
                assertThat(refused.status()).as(refused.body()).isEqualTo(503);
                assertThat(refused.header("Retry-After")).isNotEmpty();
                assertThat(tsuru.get("/healthcheck?check=all").body()).contains("PostgreSQL: fail");
            }
            assertThat(visitorAt(other, "patient").page()).contains("It flies.");
        } finally {
            database = EmbeddedPostgres.start(postgres);
            database.awaitReady();
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
        Eventually.holds(() -> assertThat(column("select id from unit where app = ? and not healthy", app))
                .hasSize(1));
        return column("select id from event where running and target_value = ?", app)
                .getFirst();
    }

    private void awaitEnd(String event) {
        long begin = System.nanoTime();
        while (!column("select id from event where id = ? and running", event).isEmpty()) {
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(TAKE_OVER);
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }

    private List<String> unitsOnDisk(String app) {
        Path units = directory.resolve("data/units/apps").resolve(app).resolve("units");
        try (Stream<Path> found = Files.list(units)) {
            return found.map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private void signal(String name) throws Exception {
        int code = new ProcessBuilder(
                        "kill", "-" + name, Long.toString(one.process().pid()))
                .start()
                .waitFor();
        assertThat(code).isZero();
    }
}
