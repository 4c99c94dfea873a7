package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.provision.Checkpoint;
import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.ObservedUnit.Status;
import io.orizuru.provision.UnitSpec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ExecutionTest {
    private static final Checkpoint GO_ON = () -> {};
    private static final String MINUTES = "sleep 987";

    @TempDir
    Path directory;

    private final List<String> printed = new CopyOnWriteArrayList<>();
    private Ground ground;
    private UnitSpec unit;

    @BeforeEach
    void open() {
        ground = new Ground(directory);
        ground.build("blog", "generic", Map.of("Procfile", "worker: sleep 1\n", "hello.txt", "of blog\n"));
        start("echo private >/tmp/orizuru-unit-$PORT; echo $$ >pid; exec sleep 1000");
    }

    @AfterEach
    void close() {
        ground.close();
    }

    private ObservedUnit start(String command) {
        unit = ground.spec("blog", "1", "worker", command, List.of(), Map.of("TOKEN", "it's \"topsecret\""));
        ground.engine.apply("blog", 1, List.of(unit));
        return ground.awaitStatus(unit, Status.STARTED);
    }

    private int execute(String command) {
        return execute(command, GO_ON);
    }

    private int execute(String command, Checkpoint checkpoint) {
        return ground.engine.execute("blog", unit.id(), command, printed::add, checkpoint);
    }

    private void requireIsolation() {
        assumeTrue(ground.engine.missing().isEmpty(), "isolation is missing here: " + ground.engine.missing());
    }

    private long alive(String commandLine) {
        return ProcessHandle.allProcesses()
                .map(process -> DurableFiles.readText(Path.of("/proc/" + process.pid() + "/cmdline")))
                .filter(line -> line.replace('\0', ' ').strip().equals(commandLine))
                .count();
    }

    @Test
    void aCommandSeesTheReleaseAndTheVariablesOfTheUnit() {
        assertThat(execute("cat hello.txt; echo $PORT $PORT_worker; echo $TOKEN; umask; cat; echo to stderr >&2"))
                .isZero();
        String port = String.valueOf(ground.unit(unit).port());
        assertThat(printed).containsExactly("of blog", port + " " + port, "it's \"topsecret\"", "0022", "to stderr");
    }

    @Test
    void aCommandIsInTheNamespacesOfTheUnitAndHasNoMoreRights() {
        requireIsolation();
        assertThat(execute("cat /tmp/orizuru-unit-$PORT; hostname; pwd; echo $HOME; kill -0 $(cat pid) && echo reached;"
                        + " touch /usr/x 2>/dev/null || echo refused; ls " + directory + " 2>/dev/null || echo hidden"))
                .isZero();
        assertThat(printed)
                .containsExactly(
                        "private",
                        unit.id(),
                        "/home/application/current",
                        "/home/application",
                        "reached",
                        "refused",
                        "hidden");
        printed.clear();
        execute("id -u; id -G; grep -E '^(NoNewPrivs|CapPrm|CapEff|CapInh|CapAmb)' /proc/self/status | cut -f2");
        String user = unit.user() == null ? printed.getFirst() : String.valueOf(unit.user());
        assertThat(printed.getFirst()).isEqualTo(user).isNotEqualTo("0");
        assertThat(printed.subList(2, printed.size()))
                .containsExactly("0000000000000000", "0000000000000000", "0000000000000000", "0000000000000000", "1");
    }

    @Test
    void aCommandOfARootServerKeepsNoGroupAndNoBoundingSet() {
        requireIsolation();
        assumeTrue(Ground.ROOT, "users of their own need root");
        execute("id -G; grep CapBnd /proc/self/status | cut -f2");
        assertThat(printed).containsExactly(String.valueOf(unit.user()), "0000000000000000");
    }

    @Test
    void theExitCodeIsPassedOn() {
        assertThat(execute("exit 0")).isZero();
        assertThat(execute("exit 7")).isEqualTo(7);
        assertThat(execute("no-such-program")).isEqualTo(127);
        assertThat(execute("kill -TERM $$")).isEqualTo(143);
    }

    @Test
    void linesArriveWhileTheCommandRuns() {
        Checkpoint seen = () -> {
            if (printed.contains("first")) {
                throw new Stop();
            }
        };
        assertThatThrownBy(() -> execute("echo first; " + MINUTES, seen)).isInstanceOf(Stop.class);
    }

    private static final class Stop extends RuntimeException {}

    @Test
    void aCancelledCommandLeavesNoProcessNotEvenOneThatLeftItsParent() {
        Running before = ground.running(unit);
        AtomicInteger looks = new AtomicInteger();
        Checkpoint checkpoint = () -> {
            if (looks.incrementAndGet() > 1 && printed.contains("up")) {
                throw new Stop();
            }
        };
        assertThatThrownBy(() -> execute(
                        "setsid " + MINUTES + " & (setsid " + MINUTES + " &) ; " + MINUTES + " & echo up; wait",
                        checkpoint))
                .isInstanceOf(Stop.class);
        assertThat(alive(MINUTES)).isZero();
        assertThat(ground.running(unit)).isEqualTo(before);
        assertThat(ground.unit(unit).status()).isEqualTo(Status.STARTED);
    }

    @Test
    void whatACommandLeavesInTheBackgroundEndsWithIt() {
        assertThat(execute("(setsid " + MINUTES + " &); echo done")).isZero();
        assertThat(printed).containsExactly("done");
        assertThat(alive(MINUTES)).isZero();
    }

    @Test
    void aCommandThatTakesTooLongIsEnded() {
        try (ProcessEngine impatient = new ProcessEngine(
                ProcessEngine.Options.of(directory.resolve("data"), ground.buildEnvironment)
                        .withExecutionTimeout(Duration.ofSeconds(1)),
                line -> {},
                java.time.Clock.systemUTC())) {
            ground.engine.close();
            impatient.start();
            assertThatThrownBy(() -> impatient.execute("blog", unit.id(), MINUTES, printed::add, GO_ON))
                    .isInstanceOf(ExecutionFailed.class)
                    .hasMessage("the command in the unit " + unit.id() + " took longer than 1 s and was ended");
            assertThat(alive(MINUTES)).isZero();
        }
        ground.restart(() -> {});
    }

    @Test
    void theEnvironmentIsOnNoCommandLine() {
        List<String> seen = new CopyOnWriteArrayList<>();
        Checkpoint look = () -> {
            if (printed.contains("up")) {
                ProcessHandle.allProcesses()
                        .map(process -> DurableFiles.readText(Path.of("/proc/" + process.pid() + "/cmdline")))
                        .forEach(seen::add);
                throw new Stop();
            }
        };
        assertThatThrownBy(() -> execute("echo up; " + MINUTES, look)).isInstanceOf(Stop.class);
        assertThat(seen).anyMatch(line -> line.contains(MINUTES)).noneMatch(line -> line.contains("topsecret"));
    }

    @Test
    void anEnvironmentLargerThanAPipeIsPassedOnWhole() {
        UnitSpec large =
                ground.spec("blog", "2", "worker", "exec sleep 1000", List.of(), Map.of("LARGE", "x".repeat(120_000)));
        ground.engine.apply("blog", 1, List.of(unit, large));
        ground.awaitStatus(large, Status.STARTED);
        assertThat(ground.engine.execute("blog", large.id(), "echo ${#LARGE}", printed::add, GO_ON))
                .isZero();
        assertThat(printed).containsExactly("120000");
    }

    @Test
    void aUnitThatDoesNotRunIsRefused() {
        ground.engine.apply("blog", 1, List.of());
        ground.await("the end", () -> ground.engine.observe("blog").isEmpty());
        assertThatThrownBy(() -> execute("true"))
                .isInstanceOf(ExecutionFailed.class)
                .hasMessage("the unit " + unit.id() + " is not running, so no command can be run in it");
        assertThatThrownBy(() -> ground.engine.execute("shop", "shop-web-1", "true", printed::add, GO_ON))
                .isInstanceOf(ExecutionFailed.class);
    }

    @Test
    void aUnitThatEndsMeanwhileEndsTheCommandWithItsReason() {
        Checkpoint killer = () -> {
            if (printed.contains("up")) {
                ground.running(unit).kill();
            }
        };
        assertThatThrownBy(() -> execute("echo up; " + MINUTES, killer))
                .isInstanceOf(ExecutionFailed.class)
                .hasMessage("the unit " + unit.id() + " ended before the command in it did");
        assertThat(alive(MINUTES)).isZero();
    }
}
