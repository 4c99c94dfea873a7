package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.provision.process.ControlGroups.Controller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both versions of control groups, on trees of plain files: what is written where, and what is read. */
class ControlGroupsTest {
    private static final long MIB = 1L << 20;
    private static final Limits LIMITS = new Limits(128 * MIB, 250, 64, 1024, 0);
    private static final Limits NO_LIMITS = new Limits(0, 0, 64, 1024, 0);

    @TempDir
    Path tree;

    private static String text(Path file) {
        return DurableFiles.readText(file);
    }

    private Path directory(String name) throws IOException {
        return Files.createDirectories(tree.resolve(name));
    }

    private Path process(String mounts, String groups) throws IOException {
        Path process = directory("process");
        Files.writeString(process.resolve("mountinfo"), mounts.replace("TREE", tree.toString()));
        Files.writeString(process.resolve("cgroup"), groups);
        return process;
    }

    @Test
    void theSecondVersionGetsItsLimitsInOneDirectory() throws IOException {
        Path made = directory("o-blog-web-1");
        Files.writeString(made.resolve("memory.swap.max"), "max");
        ControlGroup group = ControlGroups.unified(tree, "o-").make("blog-web-1", LIMITS);
        assertThat(group.directories()).containsExactly(made);
        assertThat(text(made.resolve("memory.max"))).isEqualTo("134217728");
        assertThat(text(made.resolve("memory.swap.max"))).isEqualTo("0");
        assertThat(text(made.resolve("cpu.max"))).isEqualTo("25000 100000");
        assertThat(text(made.resolve("pids.max"))).isEqualTo("64");
    }

    @Test
    void aKernelThatDoesNotAccountForSwapIsLimitedInMemoryAlone() throws IOException {
        ControlGroups.unified(tree, "o-").make("blog-web-1", LIMITS);
        Path made = tree.resolve("o-blog-web-1");
        assertThat(text(made.resolve("memory.max"))).isEqualTo("134217728");
        assertThat(made.resolve("memory.swap.max")).doesNotExist();
    }

    @Test
    void aPlanWithoutLimitsIsWrittenAsSuch() throws IOException {
        ControlGroups.unified(tree, "o-").make("blog-web-1", NO_LIMITS);
        Path made = tree.resolve("o-blog-web-1");
        assertThat(text(made.resolve("memory.max"))).isEqualTo("max");
        assertThat(made.resolve("memory.swap.max")).doesNotExist();
        assertThat(text(made.resolve("cpu.max"))).isEqualTo("max 100000");
    }

    @Test
    void theSecondVersionTellsKillsUseAndWaits() throws IOException {
        ControlGroup group = ControlGroups.unified(tree, "o-").make("blog-web-1", LIMITS);
        Path made = tree.resolve("o-blog-web-1");
        assertThat(group.memoryKills()).isZero();
        Files.writeString(made.resolve("memory.events"), "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\n");
        Files.writeString(made.resolve("memory.current"), "9000000\n");
        Files.writeString(made.resolve("memory.stat"), "anon 1\ninactive_file 1000000\n");
        Files.writeString(made.resolve("cpu.stat"), "usage_usec 1500000\nnr_periods 20\nnr_throttled 12\n");
        Files.writeString(made.resolve("pids.events"), "max 4\n");
        assertThat(group.memoryKills()).isEqualTo(2);
        assertThat(group.memory()).isEqualTo(8_000_000);
        assertThat(group.cpu()).isEqualTo(Duration.ofMillis(1500));
        assertThat(group.throttledPeriods()).isEqualTo(12);
        assertThat(group.processRefusals()).isEqualTo(4);
    }

    @Test
    void theSecondVersionEndsAllByOneWord() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("/bin/sleep", "1000").start();
        ControlGroup group = ControlGroups.unified(tree, "o-").make("blog-web-1", LIMITS);
        Path made = tree.resolve("o-blog-web-1");
        Files.writeString(made.resolve("cgroup.procs"), process.pid() + "\n");
        Files.writeString(made.resolve("cgroup.kill"), "");
        Thread kernel = Thread.ofVirtual().start(() -> {
            try {
                Wait.until(Duration.ofSeconds(10), () -> text(made.resolve("cgroup.kill"))
                        .equals("1"));
                process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
                Files.writeString(made.resolve("cgroup.procs"), "");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        group.kill();
        assertThat(kernel.join(Duration.ofSeconds(10))).isTrue();
        assertThat(process.isAlive()).isFalse();
    }

    @Test
    void theSecondVersionIsFoundAndItsControllersAreHandedOn() throws IOException {
        Path own = directory("unified/system/orizuru.service");
        Files.writeString(own.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        Files.writeString(own.resolve("cgroup.subtree_control"), "memory\n");
        Path process = process(
                "29 22 0:26 / TREE/unified rw,nosuid shared:4 - cgroup2 cgroup2 rw\n", "0::/system/orizuru.service\n");
        ControlGroups groups = ControlGroups.detect(process, "o-");
        assertThat(groups.missing()).isEmpty();
        assertThat(groups.group("x").directories()).containsExactly(own.resolve("o-x"));
        assertThat(text(own.resolve("cgroup.subtree_control"))).isEqualTo("+pids");
    }

    @Test
    void whatIsNotThereIsNamed() throws IOException {
        Path own = directory("unified");
        Files.writeString(own.resolve("cgroup.controllers"), "cpu pids\n");
        Path process = process("29 22 0:26 / TREE/unified rw - cgroup2 cgroup2 rw\n", "0::/\n");
        ControlGroups groups = ControlGroups.detect(process, "o-");
        assertThat(groups.missing()).containsOnlyKeys(Controller.MEMORY);
        assertThat(groups.missing().get(Controller.MEMORY)).contains("memory is not there");
        assertThat(IsolationPart.of(Isolation.USERS, true, groups))
                .filteredOn(part -> part.problem() != null)
                .singleElement()
                .satisfies(part -> assertThat(part.name()).isEqualTo("limits of memory"));
        assertThat(IsolationPart.refusal(IsolationPart.of(Isolation.USERS, true, groups)))
                .hasValue("isolation is required here, and this machine lacks limits of memory (the control group"
                        + " controller memory is not there for this server; an app may take all memory);"
                        + " --isolation best-effort would go without");
    }

    @Test
    void theFirstVersionHasADirectoryForEachController() throws IOException {
        Path memory = directory("memory/service");
        Path cpu = directory("cpu,cpuacct");
        Path pids = directory("pids/inner");
        Path process = process("""
                35 31 0:32 / TREE/memory rw,relatime shared:9 - cgroup cgroup rw,memory
                36 31 0:33 / TREE/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                37 31 0:34 /docker/abc TREE/pids rw,relatime - cgroup cgroup rw,pids
                38 31 0:35 / TREE/named rw,relatime - cgroup cgroup rw,name=systemd
                """, """
                9:name=systemd:/
                8:pids:/docker/abc/inner
                4:memory:/service
                1:cpu,cpuacct:/
                0::/
                """);
        ControlGroups groups = ControlGroups.detect(process, "o-");
        assertThat(groups.missing()).isEmpty();
        Files.createDirectories(memory.resolve("o-x"));
        Files.writeString(memory.resolve("o-x/memory.memsw.limit_in_bytes"), "9");
        ControlGroup group = groups.make("x", LIMITS);
        assertThat(group.directories())
                .containsExactlyInAnyOrder(memory.resolve("o-x"), cpu.resolve("o-x"), pids.resolve("o-x"));
        assertThat(text(memory.resolve("o-x/memory.limit_in_bytes"))).isEqualTo("134217728");
        assertThat(text(memory.resolve("o-x/memory.memsw.limit_in_bytes"))).isEqualTo("134217728");
        assertThat(text(cpu.resolve("o-x/cpu.cfs_quota_us"))).isEqualTo("25000");
        assertThat(text(pids.resolve("o-x/pids.max"))).isEqualTo("64");
    }

    @Test
    void theRecordOfAGroupSurvives() throws IOException {
        Path unit = directory("unit");
        ControlGroup group = new ControlGroup(List.of(tree.resolve("a"), tree.resolve("b")));
        group.record(unit);
        assertThat(ControlGroup.recordedIn(unit)).isEqualTo(group);
        assertThat(ControlGroup.recordedIn(tree)).isEqualTo(new ControlGroup(List.of()));
    }

    @Test
    void withoutAControlGroupProcessesAreCountedByUser() {
        assertThat(LIMITS.command(true)).contains("--nproc=64:64", "--nofile=1024:1024");
        assertThat(LIMITS.command(false)).noneMatch(word -> word.startsWith("--nproc"));
    }
}
