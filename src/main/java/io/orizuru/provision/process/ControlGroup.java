package io.orizuru.provision.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The control group of one unit or build, whichever version of them the kernel has: with the first one it is a directory for
 * each controller, with the second one a single directory. Without any, it is empty and nothing is limited or counted.
 */
record ControlGroup(List<Path> directories) {
    /** Where a unit or a build keeps the names of its directories; whoever starts next finds them there. */
    static final String RECORD = "groups";

    private static final String MARK = "groups.in";

    private static final Logger LOG = Logger.getLogger(ControlGroup.class);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);
    private static final Duration FREEZE_LIMIT = Duration.ofMillis(500);
    private static final Duration REMOVE_LIMIT = Duration.ofSeconds(1);

    ControlGroup {
        directories = List.copyOf(directories);
    }

    /** The one that is on record in {@code directory}; empty when none is, or when the record is a copy of another's. */
    static ControlGroup recordedIn(Path directory) {
        if (CopyMark.isInCopy(directory.resolve(MARK))) {
            return new ControlGroup(List.of());
        }
        return new ControlGroup(DurableFiles.readText(directory.resolve(RECORD))
                .lines()
                .filter(line -> !line.isBlank())
                .map(Path::of)
                .toList());
    }

    /** Before the group is made, so that no crash leaves one that nobody knows. */
    void record(Path directory) throws IOException {
        CopyMark.write(directory.resolve(MARK));
        String lines = directories.stream().map(path -> path + "\n").collect(Collectors.joining());
        DurableFiles.writeText(directory.resolve(RECORD), lines);
    }

    /** The numbers of its processes. */
    Set<Long> processes() {
        Set<Long> found = new TreeSet<>();
        for (Path directory : directories) {
            DurableFiles.readText(directory.resolve("cgroup.procs"))
                    .lines()
                    .filter(line -> line.matches("[1-9]\\d*"))
                    .map(Long::valueOf)
                    .forEach(found::add);
        }
        return found;
    }

    /** Ends all its processes at once, those included that left their parents; waits for it at most 5 s. */
    void kill() {
        try {
            boolean ended = Wait.until(KILL_LIMIT, () -> {
                Set<Long> left = processes();
                if (!left.isEmpty()) {
                    killOnce();
                }
                return left.isEmpty();
            });
            if (!ended) {
                LOG.warnf("not even SIGKILL ended the processes %s of %s", processes(), directories);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the end of the processes of " + directories + " was not awaited", e);
        }
    }

    private void killOnce() {
        for (Path directory : directories) {
            Path kill = directory.resolve("cgroup.kill");
            if (Files.exists(kill)) {
                write(kill, "1");
                return;
            }
        }
        Path freezer = file("freezer.state");
        // Frozen, they cannot start others faster than they are ended.
        if (freezer != null) {
            write(freezer, "FROZEN");
            awaitFrozen(freezer);
        }
        processes().forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        if (freezer != null) {
            write(freezer, "THAWED");
        }
    }

    private static void awaitFrozen(Path freezer) {
        try {
            Wait.until(FREEZE_LIMIT, () -> DurableFiles.readText(freezer).equals("FROZEN"));
        } catch (IOException e) {
            // Interrupted: it is ended as it is.
        }
    }

    /** Removes it; what still runs in it keeps it, and the next start removes it. */
    void remove() {
        for (Path directory : directories) {
            try {
                Wait.until(REMOVE_LIMIT, () -> removed(directory));
            } catch (IOException e) {
                LOG.debugf("%s is left for the next start: %s", directory, e.getMessage());
            }
        }
    }

    /** The kernel notices the end of the last process a little later than we do. */
    private static boolean removed(Path directory) {
        try {
            Files.deleteIfExists(directory);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** How often the kernel ended one of its processes for want of memory. */
    long memoryKills() {
        return Math.max(counter("memory.events", "oom_kill"), counter("memory.oom_control", "oom_kill"));
    }

    /** How often a process could not be started because there were too many. */
    long processRefusals() {
        return counter("pids.events", "max");
    }

    /** In how many periods of 100 ms it had to wait because its processor time was used up. */
    long throttledPeriods() {
        return counter("cpu.stat", "nr_throttled");
    }

    /** In bytes, without what the kernel keeps of files and can drop. */
    long memory() {
        long used = Math.max(number("memory.current"), number("memory.usage_in_bytes"));
        long droppable =
                Math.max(counter("memory.stat", "inactive_file"), counter("memory.stat", "total_inactive_file"));
        return Math.max(0, used - droppable);
    }

    /** Processor time used since it was made. */
    Duration cpu() {
        long nanos = Math.max(number("cpuacct.usage"), counter("cpu.stat", "usage_usec") * 1000);
        return Duration.ofNanos(nanos);
    }

    private long number(String name) {
        String text = text(name);
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : 0;
    }

    private long counter(String name, String key) {
        return text(name)
                .lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length == 2 && words[0].equals(key) && words[1].matches("\\d{1,18}"))
                .mapToLong(words -> Long.parseLong(words[1]))
                .findFirst()
                .orElse(0);
    }

    private String text(String name) {
        Path file = file(name);
        return file == null ? "" : DurableFiles.readText(file);
    }

    private @Nullable Path file(String name) {
        return directories.stream()
                .map(directory -> directory.resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
    }

    private static void write(Path file, String value) {
        try {
            Files.write(file, value.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            // It is gone, and so are its processes.
        } catch (IOException e) {
            LOG.debugf("%s does not take \"%s\": %s", file, value, e.getMessage());
        }
    }
}
