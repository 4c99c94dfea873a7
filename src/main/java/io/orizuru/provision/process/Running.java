package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A supervisor process, told apart for good: numbers are used again, so its start time and the machine's boot count too.
 *
 * @param pid its process number
 * @param startTicks its start in clock ticks since boot (field 22 of {@code /proc/PID/stat})
 * @param boot the machine's boot id
 */
record Running(long pid, long startTicks, String boot) {
    private static final String THIS_BOOT = DurableFiles.readText(Path.of("/proc/sys/kernel/random/boot_id"));

    /** The process with this number as it is now, or nothing when it has ended. */
    static Optional<Running> of(long pid) {
        return stat(pid).filter(Stat::lives).map(stat -> new Running(pid, stat.startTicks(), THIS_BOOT));
    }

    /**
     * What a supervisor wrote about itself: its line of {@code /proc/PID/stat}, then the boot id. Nothing when that process works
     * in another directory: then this one is a copy, and who runs belongs to the original.
     */
    static Optional<Running> read(Path file) {
        String[] lines = DurableFiles.readText(file).split("\n");
        if (lines.length != 2) {
            return Optional.empty();
        }
        return Stat.parse(lines[0])
                .map(stat -> new Running(stat.pid(), stat.startTicks(), lines[1].strip()))
                .filter(running -> !running.alive() || running.worksIn(file.resolveSibling("")));
    }

    private boolean worksIn(Path directory) {
        try {
            return Files.isSameFile(Path.of("/proc", Long.toString(pid), "cwd"), directory);
        } catch (IOException e) {
            return false; // It ended, or is not ours to look at.
        }
    }

    boolean alive() {
        return stat(pid)
                        .filter(stat -> stat.lives() && stat.startTicks() == startTicks)
                        .isPresent()
                && ofThisBoot();
    }

    boolean ofThisBoot() {
        return boot.equals(THIS_BOOT);
    }

    /** The app's own processes, without those that keep it apart. */
    List<ProcessHandle> inside(Isolation isolation) {
        Stream<ProcessHandle> supervisor = ProcessHandle.of(pid).filter(handle -> alive()).stream();
        Stream<ProcessHandle> processes =
                switch (isolation) {
                    case NONE -> supervisor.flatMap(ProcessHandle::descendants);
                    // bubblewrap is there twice: one waits outside, the other one is the first process inside.
                    case USERS, USER_NAMESPACE ->
                        supervisor
                                .flatMap(ProcessHandle::children)
                                .flatMap(ProcessHandle::children)
                                .flatMap(ProcessHandle::descendants);
                };
        return processes.toList();
    }

    /** Where others can join what runs inside; nothing before it is made up, and after it has ended. */
    Optional<Entrance> entrance(Isolation isolation) {
        if (isolation == Isolation.NONE) {
            return inside(isolation).isEmpty() ? Optional.empty() : Optional.of(new Entrance(pid, pid));
        }
        return ProcessHandle.of(pid).filter(handle -> alive()).stream()
                .flatMap(ProcessHandle::children)
                .flatMap(outside -> outside.children()
                        // The app's process is started once everything else is there.
                        .filter(inside -> inside.children().findAny().isPresent())
                        .map(inside -> new Entrance(outside.pid(), inside.pid(), hasNetwork(inside.pid()))))
                .findFirst();
    }

    /** Whether it has a network that is not this server's. */
    private static boolean hasNetwork(long pid) {
        try {
            return !Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/net"))
                    .equals(Files.readSymbolicLink(Path.of("/proc/self/ns/net")));
        } catch (IOException e) {
            return false; // It has ended.
        }
    }

    /** Asks the app's processes to end (SIGTERM); whether there were any. */
    boolean terminate(Isolation isolation) {
        List<ProcessHandle> processes = inside(isolation);
        processes.forEach(ProcessHandle::destroy);
        return !processes.isEmpty();
    }

    /** Ends everything at once (SIGKILL), but the supervisor, which notes the end and follows by itself. */
    void kill() {
        ProcessHandle.of(pid).filter(handle -> alive()).stream()
                .flatMap(ProcessHandle::descendants)
                .toList()
                .forEach(ProcessHandle::destroyForcibly);
    }

    /** Ends the supervisor too. For when it does not follow by itself. */
    void killSupervisor() {
        kill();
        ProcessHandle.of(pid).filter(handle -> alive()).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static Optional<Stat> stat(long pid) {
        try {
            return Stat.parse(Files.readString(Path.of("/proc", Long.toString(pid), "stat")));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private record Stat(long pid, char state, long startTicks) {
        static Optional<Stat> parse(String line) {
            int name = line.indexOf(" (");
            int afterName = line.lastIndexOf(") ");
            if (name < 0 || afterName < 0) {
                return Optional.empty();
            }
            String[] fields = line.substring(afterName + 2).split(" ");
            if (fields.length < 20) {
                return Optional.empty();
            }
            return Optional.of(new Stat(
                    Long.parseLong(line.substring(0, name).strip()),
                    fields[0].charAt(0),
                    Long.parseLong(fields[19].strip())));
        }

        /** A zombie is dead: only nobody has asked for its exit code. */
        boolean lives() {
            return state != 'Z' && state != 'X';
        }
    }
}
