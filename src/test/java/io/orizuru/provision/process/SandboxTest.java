package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SandboxTest {
    private static final SystemView SYSTEM = new SystemView(
            List.of(Path.of("/usr"), Path.of("/etc"), Path.of("/srv/jdk")),
            new TreeMap<>(Map.of(Path.of("/bin"), Path.of("usr/bin"))),
            List.of(Path.of("/usr/data")),
            List.of(Path.of("/etc/key.json")));

    private static Sandbox sandbox(Isolation isolation) {
        return new Sandbox(isolation, SYSTEM, Path.of("/data/tools"));
    }

    private static Confined unit(@Nullable Integer user) {
        return new Confined(
                "blog-web-1",
                user,
                Path.of("/data/tree"),
                Path.of("/data/unit/start"),
                Path.of("/data/unit"),
                null,
                Map.of());
    }

    @Test
    void aUnitOfARootServerHasAUserOfItsOwnAndSeesTheSystemAndItsRelease() {
        assertThat(String.join(" ", sandbox(Isolation.USERS).command(unit(61000)))
                        .replace(" --", "\n--"))
                .isEqualTo("""
                        /usr/bin/bwrap
                        --unshare-pid
                        --unshare-ipc
                        --unshare-uts
                        --die-with-parent
                        --hostname blog-web-1
                        --ro-bind /usr /usr
                        --ro-bind /etc /etc
                        --perms 0755
                        --dir /srv
                        --ro-bind /srv/jdk /srv/jdk
                        --symlink usr/bin /bin
                        --tmpfs /usr/data
                        --ro-bind /dev/null /etc/key.json
                        --ro-bind /data/unit/passwd /etc/passwd
                        --ro-bind /data/unit/group /etc/group
                        --proc /proc
                        --dev /dev
                        --perms 1777
                        --size 67108864
                        --tmpfs /dev/shm
                        --perms 0755
                        --dir /var
                        --perms 1777
                        --size 268435456
                        --tmpfs /var/tmp
                        --perms 0755
                        --dir /home
                        --perms 1777
                        --size 268435456
                        --tmpfs /tmp
                        --perms 1777
                        --size 268435456
                        --tmpfs /home/application
                        --bind /data/tree /home/application/current
                        --perms 0755
                        --dir /run
                        --perms 0755
                        --dir /run/orizuru
                        --ro-bind /data/tools/bin /run/orizuru/bin
                        --ro-bind /data/tools/lib /run/orizuru/lib
                        --ro-bind /data/unit/start /run/orizuru/start
                        --chdir /home/application/current
                        -- /usr/bin/setpriv
                        --reuid 61000
                        --regid 61000
                        --clear-groups
                        --no-new-privs
                        --bounding-set=-all
                        --inh-caps=-all /bin/sh /run/orizuru/start""");
    }

    @Test
    void aBuildHasItsScratchOnDiskAndTheOperatorsFiles() {
        Confined build = new Confined(
                "b".repeat(100),
                61000,
                Path.of("/data/b/tree"),
                Path.of("/data/b/start"),
                Path.of("/data/b"),
                Path.of("/data/b"),
                Map.of(Path.of("/data/b/file-0"), Path.of("/root/conf/npmrc")));
        HiddenArguments command = HiddenArguments.of(sandbox(Isolation.USERS).command(build));
        assertThat(String.join(
                        " ",
                        sandbox(Isolation.USERS)
                                .supervised(
                                        Path.of("../tools/supervise"),
                                        List.of("/usr/bin/prlimit", "--core=0"),
                                        command)))
                .startsWith("/usr/bin/setsid /bin/sh ../tools/supervise . /usr/bin/prlimit --core=0 /usr/bin/bwrap"
                        + " --args 4 -- /usr/bin/setpriv ")
                .doesNotContain("/data", "bbb");
        assertThat(String.join(" ", command.hidden()))
                .contains(
                        " --hostname " + "b".repeat(63) + " ",
                        " --bind /data/b/tmp /tmp --bind /data/b/home /home/application ",
                        " --perms 0755 --dir /root --perms 0755 --dir /root/conf --ro-bind /data/b/file-0"
                                + " /root/conf/npmrc ")
                .doesNotContain(" -- ");
        assertThat(new String(command.content(), StandardCharsets.UTF_8).split("\0"))
                .containsExactlyElementsOf(command.hidden());
    }

    @Test
    void withoutRootThereIsAUserNamespaceInstead() {
        assertThat(sandbox(Isolation.USER_NAMESPACE).command(unit(null)))
                .startsWith("/usr/bin/unshare", "--user", "--map-current-user", "--", "/usr/bin/bwrap")
                .contains("--unshare-user")
                .doesNotContain("/usr/bin/setpriv")
                .endsWith("--", "/bin/sh", "/run/orizuru/start");
    }

    @Test
    void aCommandJoinsItsUnitWithNoMoreRightsThanTheUnitHas() {
        assertThat(entering(Isolation.USERS, 61000)).isEqualTo("""
                        /usr/bin/nsenter
                        --target 102
                        --mount
                        --pid
                        --ipc
                        --uts
                        -- /usr/bin/setpriv
                        --reuid 61000
                        --regid 61000
                        --clear-groups
                        --no-new-privs
                        --bounding-set=-all
                        --inh-caps=-all /usr/bin/timeout
                        --signal=KILL 305 /bin/sh -s""");
        assertThat(entering(Isolation.USER_NAMESPACE, null)).isEqualTo("""
                        /usr/bin/nsenter
                        --target 102
                        --mount
                        --pid
                        --ipc
                        --uts
                        --user=/proc/101/ns/user
                        --preserve-credentials
                        -- /usr/bin/setpriv
                        --no-new-privs /usr/bin/timeout
                        --signal=KILL 305 /bin/sh -s""");
        assertThat(entering(Isolation.NONE, null)).isEqualTo("""
                        /usr/bin/timeout
                        --signal=KILL 305 /bin/sh -s""");
    }

    @Test
    void aShellJoinsItsUnitAsACommandDoesAndHasATerminal() {
        Sandbox sandbox = sandbox(Isolation.USERS);
        List<String> entering = sandbox.entering(new Entrance(101, 102), 61000);
        assertThat(entering)
                .startsWith("/usr/bin/nsenter", "--target", "102")
                .doesNotContain("/usr/bin/timeout")
                .endsWith("/bin/sh", "-s");
        assertThat(sandbox.attached(Path.of("/proc/1/fd/7"), entering))
                .startsWith("/bin/sh", "./attach", "/proc/1/fd/7")
                .endsWith(entering.toArray(String[]::new));
        assertThat(sandbox.terminals(new Entrance(101, 102))).hasToString("/proc/102/root/dev/pts/ptmx");
    }

    private static String entering(Isolation isolation, @Nullable Integer user) {
        List<String> line = sandbox(isolation).entering(new Entrance(101, 102), user, Duration.ofSeconds(305));
        return String.join(" ", line).replace(" --", "\n--");
    }

    @Test
    void withoutIsolationTheScriptRunsAsItIs() {
        Sandbox plain = sandbox(Isolation.NONE);
        assertThat(plain.command(unit(null))).containsExactly("/bin/sh", "./start");
        assertThat(plain.current(Path.of("/data/tree"))).isEqualTo("/data/tree");
        assertThat(plain.path(Path.of("/data/tree"))).startsWith("/data/tree/.venv/bin:");
    }
}
