package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.config.Settings.BuildLimits;
import io.orizuru.config.Settings.UnitSettings;
import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.ObservedUnit.Status;
import io.orizuru.provision.UnitSpec;
import io.orizuru.provision.UnitUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a unit and a build cannot do, tried from inside on this machine. */
@Timeout(120)
class IsolationTest {
    private static final long MIB = 1L << 20;
    private static final String FOREVER = "exec sleep 1000";
    /** Doubles a variable until there is no more memory. */
    private static final String GREEDY = "x=0123456789abcdef; while :; do x=$x$x; done";

    @TempDir
    Path directory;

    private Ground ground;

    @BeforeEach
    void open() throws IOException {
        // As a data directory that root's server makes: others may walk through.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path npmrc = Files.writeString(directory.resolve("npmrc"), "//registry.example/:_authToken=npm-s3cret-token\n");
        Files.setPosixFilePermissions(npmrc, PosixFilePermissions.fromString("rw-------"));
        BuildEnvironment build = new BuildEnvironment(
                Map.of("REGISTRY_PASSWORD", "pass-of-the-operator"), Map.of("~/.config/npm/rc", npmrc));
        UnitSettings usual = UnitSettings.DEFAULT;
        ground = new Ground(directory, build, options -> options.withBuildLimits(
                        new BuildLimits(Duration.ofSeconds(60), 48 * MIB, 500, 8 * MIB, 64))
                .withUnits(
                        new UnitSettings(usual.isolation(), usual.firstUser(), usual.lastUser(), 24, 100, List.of())));
        assumeTrue(
                Ground.ROOT && ground.engine.isolation().stream().allMatch(part -> part.problem() == null),
                () -> "isolation is not whole here: " + ground.engine.isolation());
        ground.build("blog", "generic", Map.of("Procfile", "worker: sleep 1\n"));
    }

    @AfterEach
    void close() {
        ground.close();
        assertThat(left()).as("control groups that are left").isEmpty();
    }

    private List<Path> left() {
        return ControlGroups.detect(Path.of("/proc/self"), prefix()).group("").directories().stream()
                .flatMap(path -> DurableFiles.list(path.resolveSibling("")).stream())
                .filter(path -> path.getFileName().toString().startsWith(prefix()))
                .toList();
    }

    private String prefix() {
        try {
            return Machine.groupPrefix(directory.resolve("data"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void apply(UnitSpec... units) {
        ground.engine.apply("blog", 1, List.of(units));
    }

    private List<String> printed(UnitSpec spec) {
        return ground.logs.stream()
                .filter(line -> line.unit().equals(spec.id()))
                .map(line -> line.message())
                .toList();
    }

    @Test
    void aUnitThatTakesMoreMemoryThanItsPlanIsKilledAndItsEndSaysSo() {
        UnitSpec unit = ground.limited("blog", "1", 32 * MIB, 0, "printf 'no newline'; " + GREEDY);
        apply(unit);
        ObservedUnit seen = ground.awaitStatus(unit, Status.ERROR);
        assertThat(seen.reason()).isEqualTo("killed: out of memory, limit 32 MiB");
        assertThat(seen.exitCode()).isEqualTo(Ending.KILLED);
        assertThat(ground.engine.lastOutput("blog", unit.id(), 5))
                .contains("no newline", "orizuru: killed: out of memory, limit 32 MiB");
        ground.awaitLog("orizuru: killed: out of memory, limit 32 MiB");
    }

    @Test
    void aKilledChildOfALivingUnitIsTold() {
        UnitSpec unit = ground.limited("blog", "1", 32 * MIB, 0, "sh -c '" + GREEDY + "'; echo went on; " + FOREVER);
        apply(unit);
        ground.awaitLog("went on");
        ground.awaitLog("orizuru: killed: out of memory, limit 32 MiB");
        assertThat(ground.awaitStatus(unit, Status.STARTED).restarts()).isZero();
    }

    @Test
    void filesInMemoryCountToo() {
        UnitSpec unit = ground.limited(
                "blog", "1", 32 * MIB, 0, "exec dd if=/dev/zero of=/tmp/much bs=1M count=200 2>/dev/null");
        apply(unit);
        assertThat(ground.awaitStatus(unit, Status.ERROR).reason()).isEqualTo("killed: out of memory, limit 32 MiB");
    }

    @Test
    void aUnitThatWantsMoreProcessorTimeThanItsPlanHasToWait() {
        UnitSpec limited = ground.limited("blog", "1", 0, 100, "while :; do :; done");
        UnitSpec idle = ground.limited("blog", "2", 0, 100, FOREVER);
        apply(limited, idle);
        ground.await("ten periods of waiting", () -> ground.group(limited).throttledPeriods() >= 10);
        assertThat(ground.group(idle).throttledPeriods()).isLessThan(10);
        UnitUsage usage = ground.engine.usage("blog").getFirst();
        assertThat(usage.unit()).isEqualTo(limited.id());
        assertThat(usage.cpu()).isPositive();
        assertThat(usage.memoryBytes()).isPositive();
    }

    @Test
    void aUnitCannotHaveMoreProcessesNorOpenFilesThanItMay() {
        UnitSpec unit = ground.spec(
                "blog",
                "1",
                "ulimit -n; (ulimit -n 1000) 2>/dev/null || echo no more files;"
                        + " (for i in $(seq 60); do sleep 1000 & done) 2>&1 | tail -1; echo tried; " + FOREVER);
        apply(unit);
        ground.await("the limit", () -> ground.group(unit).processRefusals() > 0);
        assertThat(ground.group(unit).processes()).hasSizeLessThanOrEqualTo(24);
        ground.awaitLog("no more files");
        assertThat(printed(unit)).contains("100");
    }

    @Test
    void aCommandInAUnitSharesItsLimits() {
        UnitSpec unit = ground.limited("blog", "1", 32 * MIB, 0, FOREVER);
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        assertThat(ground.engine.execute("blog", unit.id(), GREEDY, line -> {}, () -> {}))
                .isEqualTo(Ending.KILLED);
        assertThat(ground.unit(unit).status()).isEqualTo(Status.STARTED);
    }

    @Test
    void aUnitHasNoRightsToGain() {
        UnitSpec unit = ground.spec(
                "blog",
                "1",
                "grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|^Groups' /proc/self/status;"
                        + " su -c true 2>/dev/null || echo no su; mount -t tmpfs none /mnt 2>/dev/null || echo no mount;"
                        + " unshare -r true 2>/dev/null; chown 0 /proc/self 2>/dev/null || echo no chown;"
                        + " ls /sys/fs/cgroup 2>/dev/null || echo no groups;"
                        + " cat /etc/shadow 2>/dev/null || echo no shadow; echo done; " + FOREVER);
        apply(unit);
        ground.awaitLog("done");
        assertThat(printed(unit))
                .contains("no su", "no mount", "no chown", "no groups", "no shadow", "NoNewPrivs:\t1")
                .filteredOn(line -> line.startsWith("Cap"))
                .hasSize(5)
                .allMatch(line -> line.endsWith("\t0000000000000000"));
    }

    @Test
    void theProcessesOfAUnitEndTogetherAndItsControlGroupGoes() {
        UnitSpec unit =
                ground.spec("blog", "1", "trap '' TERM; setsid sleep 1000 & setsid sleep 1001 & " + "wait; " + FOREVER);
        apply(unit);
        ground.await("its processes", () -> ground.group(unit).processes().size() >= 4);
        ControlGroup group = ground.group(unit);
        apply();
        ground.await("the end", () -> ground.engine.observe("blog").isEmpty());
        assertThat(group.processes()).isEmpty();
        assertThat(group.directories()).isNotEmpty().noneMatch(Files::exists);
    }

    @Test
    void groupsThatNobodyKnowsAreRemovedAtTheNextStart() throws IOException {
        UnitSpec unit = ground.spec("blog", "1", FOREVER);
        apply(unit);
        ground.awaitStatus(unit, Status.STARTED);
        ControlGroup lost =
                ControlGroups.detect(Path.of("/proc/self"), prefix()).make("lost", new Limits(0, 0, 10, 10, 0));
        ground.restart(() -> {});
        assertThat(lost.directories()).noneMatch(Files::exists);
        assertThat(ground.group(unit).directories()).allMatch(Files::exists);
        assertThat(ground.awaitStatus(unit, Status.STARTED).restarts()).isZero();
    }

    @Test
    void aBuildThatTakesTooMuchMemoryIsKilledAndTold() {
        assertThatThrownBy(() -> ground.build("shop", "generic", hook(GREEDY)))
                .isInstanceOf(BuildFailed.class)
                .hasMessageEndingWith("was killed by signal 9; it was killed: out of memory, limit 48 MiB");
    }

    @Test
    void aBuildThatWritesTooMuchIsEnded() {
        assertThatThrownBy(() -> ground.build(
                        "shop", "generic", hook("for i in 1 2 3; do head -c 4M /dev/zero > part$i; done; sleep 100")))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("what the build wrote has at least ")
                .hasMessageEndingWith("more than the limit of 8 MiB");
        assertThat(DurableFiles.list(ground.builds("shop"))).isEmpty();
    }

    @Test
    void aQuickBuildThatWritesTooMuchIsNotPublished() {
        assertThatThrownBy(() ->
                        ground.build("shop", "generic", hook("for i in 1 2 3; do head -c 4M /dev/zero > part$i; done")))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining(" has at least ");
        assertThat(DurableFiles.list(ground.builds("shop"))).isEmpty();
    }

    @Test
    void noFileOfABuildGetsLongerThanTheLimit() {
        assertThatThrownBy(() -> ground.build("shop", "generic", hook("exec head -c 50M /dev/zero > much")))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("limit of 8 MiB");
    }

    @Test
    void aBuildThatStartsTooManyProcessesIsTold() {
        assertThatThrownBy(() ->
                        ground.build("shop", "generic", hook("for i in $(seq 100); do sleep 20 & done; wait; exit 1")))
                .isInstanceOf(BuildFailed.class)
                .hasMessageEndingWith("it had as many processes as it may, 64");
    }

    @Test
    void theOperatorsFilesReachBuildsMaskedAndUnitsNever() {
        Path key = directory.resolve("data/apps");
        ground.build(
                "shop",
                "generic",
                hook("cat ~/.config/npm/rc; echo $REGISTRY_PASSWORD; touch ~/.config/npm/mine && echo writable;"
                        + " head -c 8190 /dev/zero | tr '\\0' x; echo $REGISTRY_PASSWORD;"
                        + " ls " + key + " " + directory + " 2>/dev/null || echo no data; touch /usr/x /etc/x"
                        + " 2>/dev/null || echo read only"));
        assertThat(ground.output)
                .contains("//registry.example/:_authToken=***", "***", "writable", "no data", "read only")
                .noneMatch(line -> line.contains("s3cret") || line.contains("operator") || line.contains("pass-of"));
        UnitSpec unit = ground.spec(
                "shop", "1", "ls -A ~ ~/.config 2>/dev/null; env | grep -c REGISTRY; echo done; " + FOREVER);
        ground.engine.apply("shop", 1, List.of(unit));
        ground.awaitLog("done");
        assertThat(printed(unit)).contains("current", "0").doesNotContain(".config");
    }

    private static Map<String, String> hook(String command) {
        return Map.of(
                "Procfile",
                "worker: sleep 1\n",
                "tsuru.yaml",
                "hooks:\n  build:\n    - '" + command.replace("'", "''") + "'\n");
    }
}
