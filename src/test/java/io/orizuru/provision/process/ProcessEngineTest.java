package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.failure.StaleEpochException;
import io.orizuru.log.LogLine;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.ObservedUnit.Status;
import io.orizuru.provision.UnitSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ProcessEngineTest {
    private static final String FOREVER = "exec sleep 1000";

    @TempDir
    Path directory;

    private Ground ground;

    @BeforeEach
    void open() {
        ground = new Ground(directory);
        ground.build("blog", "generic", Map.of("Procfile", "worker: sleep 1\n", "hello.txt", "of blog\n"));
    }

    @AfterEach
    void close() {
        ground.close();
    }

    private void apply(UnitSpec... units) {
        ground.engine.apply("blog", 1, List.of(units));
    }

    @Test
    void aUnitSeesItsVariablesItsPortAndItsRelease() {
        UnitSpec unit = ground.spec(
                "blog",
                "1",
                "my-worker",
                "echo \"$PWD $HOME $PORT $PORT_my_worker $QUOTED\"; cat hello.txt; " + FOREVER,
                List.of(),
                Map.of("QUOTED", "it's \"$HOME\" `id`\nsecond line", "odd.name", "x"));
        apply(unit);
        int port = ground.awaitStatus(unit, Status.STARTED).port();
        assertThat(port)
                .isIn(Stream.concat(
                                Stream.of(Netspace.PORT),
                                IntStream.rangeClosed(20_000, 29_999).boxed())
                        .toList());
        assertThat(ground.messages())
                .contains(
                        "of blog",
                        "second line",
                        "The variable \"odd.name\" is not set: the shell knows only names of letters, digits and _,"
                                + " no digit first.");
        if (ground.engine.missing().isEmpty()) {
            assertThat(ground.messages())
                    .contains("/home/application/current /home/application " + port + " " + port
                            + " it's \"$HOME\" `id`");
        }
        assertThat(ground.logs).allSatisfy(line -> assertThat(line)
                .extracting(LogLine::app, LogLine::source, LogLine::unit)
                .containsExactly("blog", "my-worker", unit.id()));
    }

    @Test
    void aUnitRunsOnceThoughTwoServersOfOneDirectoryStartIt() throws InterruptedException {
        ProcessEngine.Options options = ProcessEngine.Options.of(directory.resolve("data"), ground.buildEnvironment);
        UnitSpec[] units = IntStream.range(0, 12)
                .mapToObj(number -> ground.spec("blog", "u" + number, FOREVER))
                .toArray(UnitSpec[]::new);
        try (ProcessEngine other = new ProcessEngine(options, ground.logs::add, Clock.systemUTC())) {
            other.share(() -> true);
            other.start();
            AtomicBoolean over = new AtomicBoolean();
            Thread looks = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    other.observe("blog");
                }
            });
            apply(units);
            for (UnitSpec unit : units) {
                ground.awaitStatus(unit, Status.STARTED);
            }
            ground.await("the other one sees them all", () -> other.observe("blog").stream()
                    .allMatch(unit -> unit.status() == Status.STARTED && unit.restarts() == 0));
            over.set(true);
            looks.join();
            assertThat(other.observe("blog")).hasSize(units.length);
            assertThat(ground.engine.observe("blog"))
                    .hasSize(units.length)
                    .allMatch(unit -> unit.status() == Status.STARTED && unit.restarts() == 0);
        }
    }

    @Test
    void applyingTwiceChangesNothingAndApplyingLessEndsExactlyTheOthers() {
        UnitSpec kept = ground.spec("blog", "1", FOREVER);
        UnitSpec ended = ground.spec("blog", "2", FOREVER);
        apply(kept, ended);
        ground.awaitStatus(kept, Status.STARTED);
        ground.awaitStatus(ended, Status.STARTED);
        Running before = ground.running(kept);
        Running gone = ground.running(ended);
        apply(kept, ended);
        apply(kept);
        ground.await("one unit", () -> ground.engine.observe("blog").size() == 1);
        assertThat(ground.running(kept)).isEqualTo(before);
        assertThat(before.alive()).isTrue();
        assertThat(gone.alive()).isFalse();
        assertThat(ground.unitDirectory(ended)).doesNotExist();
        ground.await("nothing else is taken", () -> taken().equals(List.of(place(ground.unit(kept)))));
    }

    @Test
    void aUnitThatIsAskedToEndMayFinish() {
        UnitSpec unit =
                ground.spec("blog", "1", "trap 'echo finished; exit 0' TERM; echo up; while :; do sleep 0.05; done");
        apply(unit);
        ground.awaitLog("up");
        apply();
        assertThat(ground.unit(unit).status()).isEqualTo(Status.STOPPING);
        ground.await("the end", Duration.ofMillis(1900), () -> ground.engine
                .observe("blog")
                .isEmpty());
        assertThat(ground.messages()).contains("finished");
    }

    @Test
    void aUnitThatDoesNotEndIsKilled() {
        UnitSpec unit = ground.spec("blog", "1", "trap '' TERM; echo up; while :; do sleep 0.05; done");
        apply(unit);
        ground.awaitLog("up");
        Running running = ground.running(unit);
        apply();
        ground.await("the end", () -> ground.engine.observe("blog").isEmpty());
        assertThat(running.alive()).isFalse();
    }

    @Test
    void aKilledUnitShowsWhyAndIsStartedAgain() {
        UnitSpec unit = ground.spec("blog", "1", "echo \"last words\"; " + FOREVER);
        apply(unit);
        ObservedUnit first = ground.awaitStatus(unit, Status.STARTED);
        ground.processes(unit).forEach(ProcessHandle::destroyForcibly);
        ObservedUnit crashed = ground.awaitStatus(unit, Status.ERROR);
        assertThat(crashed.reason()).isEqualTo("killed by signal 9");
        assertThat(crashed.running()).isFalse();
        assertThat(crashed.exitCode()).isEqualTo(137);
        assertThat(ground.engine.lastOutput("blog", unit.id(), 10)).startsWith("last words");
        ObservedUnit again = ground.awaitStatus(unit, Status.STARTED);
        assertThat(again.restarts()).isEqualTo(1);
        assertThat(again.port()).isEqualTo(first.port());
        assertThat(again.createdAt()).isEqualTo(first.createdAt());
    }

    @Test
    void theWholeSupervisorCanBeKilled() {
        UnitSpec unit = ground.spec("blog", "1", FOREVER);
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        List<ProcessHandle> inside = ground.processes(unit);
        ProcessHandle.of(ground.running(unit).pid()).orElseThrow().destroyForcibly();
        assertThat(ground.awaitStatus(unit, Status.ERROR).reason()).isEqualTo("killed by signal 9");
        if (ground.engine.missing().isEmpty()) {
            ground.await("the app's processes to follow", () -> inside.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void aUnitThatEndsAgainAndAgainWaitsLongerEachTime() {
        UnitSpec unit = ground.spec("blog", "1", "echo try; exit 3");
        apply(unit);
        ground.await("the third try", () -> ground.messages().size() == 3);
        List<LogLine> tries = ground.logs;
        assertThat(Duration.between(tries.get(0).at(), tries.get(1).at())).isGreaterThan(Duration.ofMillis(800));
        assertThat(Duration.between(tries.get(1).at(), tries.get(2).at())).isGreaterThan(Duration.ofMillis(1800));
        assertThat(ground.awaitStatus(unit, Status.ERROR).reason()).isEqualTo("exited with 3");
    }

    @Test
    void hooksRunBeforeTheProcessAndAFailingOneFailsTheUnit() {
        UnitSpec good =
                ground.spec("blog", "1", "worker", "cat made; " + FOREVER, List.of("echo by hook > made"), Map.of());
        UnitSpec bad = ground.spec("blog", "2", "worker", "echo never", List.of("true", "exit 4"), Map.of());
        apply(good, bad);
        ground.awaitLog("by hook");
        ObservedUnit failed = ground.awaitStatus(bad, Status.ERROR);
        assertThat(failed.reason()).isEqualTo("the hook \"exit 4\" exited with 4");
        assertThat(ground.messages()).doesNotContain("never");
    }

    @Test
    void anotherServerAdoptsWhatLivesAndTakesEachLogLineOnce() {
        UnitSpec unit = ground.spec("blog", "1", "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.01; done");
        apply(unit);
        ground.awaitLog("line 20");
        Running before = ground.running(unit);
        ground.restart(() -> ground.await("lines while nobody reads", () -> lastLineWritten(unit) > 200));
        assertThat(ground.unit(unit).running()).isTrue();
        ground.awaitLog("line 300");
        assertThat(ground.running(unit)).isEqualTo(before);
        List<String> seen = ground.messages();
        assertThat(seen)
                .isEqualTo(IntStream.rangeClosed(1, seen.size())
                        .mapToObj(i -> "line " + i)
                        .toList());
    }

    private int lastLineWritten(UnitSpec unit) {
        String[] lines =
                DurableFiles.readText(ground.unitDirectory(unit).resolve("log")).split("\n");
        return lines.length;
    }

    @Test
    void anEndWhileNobodyWatchedIsNoticedWithItsCode() {
        UnitSpec unit = ground.spec("blog", "1", "while [ ! -e go ]; do sleep 0.05; done; echo bye; exit 7");
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        Running running = ground.running(unit);
        ground.restart(() -> {
            write(ground.builds("blog").resolve("v1/go"));
            ground.await("its end", () -> !running.alive());
        });
        ObservedUnit ended = ground.unit(unit);
        assertThat(ended.status()).isEqualTo(Status.ERROR);
        assertThat(ended.reason()).isEqualTo("exited with 7");
        assertThat(ground.messages()).containsOnlyOnce("bye");
    }

    private static void write(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anEndThatWasBegunIsFinishedByTheNextServer() {
        UnitSpec unit = ground.spec("blog", "1", "trap '' TERM; echo up; while :; do sleep 0.05; done");
        apply(unit);
        ground.awaitLog("up");
        Running running = ground.running(unit);
        apply();
        ground.restart(() -> assertThat(running.alive()).isTrue());
        ground.await("the end", () -> ground.engine.observe("blog").isEmpty());
        assertThat(running.alive()).isFalse();
    }

    @Test
    void anOlderEpochIsRefusedAlsoAfterARestart() {
        UnitSpec unit = ground.spec("blog", "1", FOREVER);
        ground.engine.apply("blog", 5, List.of(unit));
        ground.restart(() -> {});
        assertThatThrownBy(() -> ground.engine.apply("blog", 4, List.of()))
                .isInstanceOf(StaleEpochException.class)
                .hasMessageContaining("4")
                .hasMessageContaining("5");
        assertThatThrownBy(() -> ground.engine.removeApp("blog", 4)).isInstanceOf(StaleEpochException.class);
        assertThat(ground.unit(unit).epoch()).isEqualTo(5);
        assertThat(ground.unit(unit).status()).isNotEqualTo(Status.STOPPING);
    }

    @Test
    void removingAnAppLeavesNothing() {
        UnitSpec unit = ground.spec("blog", "1", FOREVER);
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        Running running = ground.running(unit);
        ground.engine.removeApp("blog", 2);
        assertThat(running.alive()).isFalse();
        assertThat(ground.engine.apps()).isEmpty();
        assertThat(ground.engine.observe("blog")).isEmpty();
        assertThat(DurableFiles.list(directory.resolve("data/apps"))).isEmpty();
        assertThat(DurableFiles.list(directory.resolve("data/ports"))).isEmpty();
        ground.engine.removeApp("blog", 3);
    }

    @Test
    void aUnitOfAVersionThatWasNotBuiltIsRefusedBeforeAnythingChanges() {
        UnitSpec good = ground.spec("blog", "1", FOREVER);
        UnitSpec bad =
                new UnitSpec("blog-worker-2", "blog", "worker", FOREVER, List.of(), 9, 1, Map.of(), 0, 0, good.user());
        assertThatThrownBy(() -> apply(good, bad)).hasMessageContaining("version 9");
        assertThat(ground.engine.observe("blog")).isEmpty();
    }

    @Test
    void namesThatWouldLeaveTheDirectoryAreRefused() {
        assertThatThrownBy(() -> ground.engine.apply("../x", 1, List.of())).hasMessageContaining("app name");
        UnitSpec unit = ground.spec("blog", "1/../../x", FOREVER);
        assertThatThrownBy(() -> apply(unit)).hasMessageContaining("unit name");
    }

    @Test
    void oneAppSeesNothingOfAnotherOne() {
        assumeTrue(ground.engine.missing().isEmpty(), "isolation is missing here: " + ground.engine.missing());
        assumeTrue(Ground.ROOT, "users of their own need root");
        ground.build("shop", "generic", Map.of("Procfile", "worker: true\n", "secret.txt", "of shop\n"));
        UnitSpec shop =
                ground.spec("shop", "1", "worker", "id -u; " + FOREVER, List.of(), Map.of("TOKEN", "topsecret"));
        ground.engine.apply("shop", 1, List.of(shop));
        ground.awaitStatus(shop, Status.STARTED);
        Path data = directory.resolve("data");
        UnitSpec spy = ground.spec(
                "blog",
                "1",
                "id -u; whoami; cat " + ground.builds("shop").resolve("v1/secret.txt") + "; ls " + data
                        + "; cat /proc/[0-9]*/environ; ls /proc | grep -c '^[0-9]'; ls -A /tmp | wc -l; ls /home;"
                        + " grep -E 'NoNewPrivs|CapBnd' /proc/self/status; hostname;"
                        + " kill -9 " + ground.processes(shop).getFirst().pid()
                        + "; touch /etc/x /usr/x; echo done; " + FOREVER);
        apply(spy);
        ground.awaitLog("done");
        List<String> seen = ground.logs.stream()
                .filter(line -> line.app().equals("blog"))
                .map(LogLine::message)
                .toList();
        assertThat(seen)
                .contains("application", "0", "NoNewPrivs:\t1", "CapBnd:\t0000000000000000", spy.id())
                .noneMatch(line -> line.contains("of shop") || line.contains("topsecret") || line.contains("units"));
        assertThat(seen).contains(String.valueOf(spy.user()));
        assertThat(ground.messages()).contains(String.valueOf(shop.user()));
        assertThat(spy.user()).isNotEqualTo(shop.user());
        assertThat(ground.unit(shop).status()).isEqualTo(Status.STARTED);
        assertThat(Path.of("/etc/x")).doesNotExist();
    }

    @Test
    void secretsAreNeitherOnACommandLineNorReadableByOthers() throws IOException {
        UnitSpec unit = ground.spec("blog", "1", "worker", FOREVER, List.of(), Map.of("TOKEN", "topsecret"));
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        Running running = ground.running(unit);
        List<ProcessHandle> all =
                ProcessHandle.of(running.pid()).orElseThrow().descendants().toList();
        for (ProcessHandle process : all) {
            assertThat(DurableFiles.readText(Path.of("/proc/" + process.pid() + "/cmdline")))
                    .doesNotContain("topsecret");
        }
        // A LD_PRELOAD of an app must not reach what runs with the server's rights.
        assertThat(DurableFiles.readText(Path.of("/proc/" + running.pid() + "/environ")))
                .doesNotContain("TOKEN");
        assertThat(Files.getPosixFilePermissions(ground.unitDirectory(unit).resolve("unit.json")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(ground.unitDirectory(unit).resolve("start")))
                .isEqualTo(PosixFilePermissions.fromString("r--------"));
        assertThat(Files.getPosixFilePermissions(directory.resolve("data")))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    /** Where it is reached: by an address of its own, or else by a port of its own. */
    private static String place(ObservedUnit unit) {
        return unit.host().equals("127.0.0.1") ? Integer.toString(unit.port()) : unit.host();
    }

    /** All that are given to units of this engine. */
    private List<String> taken() {
        List<String> taken = new ArrayList<>(DurableFiles.list(directory.resolve("data/ports")).stream()
                .map(file -> file.getFileName().toString())
                .toList());
        if (Ground.ROOT) {
            new Addresses(Addresses.USUAL)
                    .of(directory.resolve("data"))
                    .forEach(address -> taken.add(address.address()));
        }
        return taken;
    }

    @Test
    void portsAreNeverGivenTwice() {
        UnitSpec[] units = IntStream.range(0, 8)
                .mapToObj(i -> ground.spec("blog", "n" + i, FOREVER))
                .toArray(UnitSpec[]::new);
        apply(units);
        assertThat(ground.engine.observe("blog"))
                .extracting(ProcessEngineTest::place)
                .doesNotHaveDuplicates()
                .hasSize(8);
    }

    @Test
    void stoppingAllLeavesBuildsOnly() {
        UnitSpec unit = ground.spec("blog", "1", FOREVER);
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        Running running = ground.running(unit);
        ground.engine.stopAll();
        assertThat(running.alive()).isFalse();
        assertThat(ground.engine.observe("blog")).isEmpty();
        assertThat(ground.builds("blog").resolve("v1/hello.txt")).exists();
    }
}
