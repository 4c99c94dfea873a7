package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes control groups, below the one that this server is in: what limits the server limits its units too, and who watches
 * over it finds them.
 *
 * <p>The first version of control groups has a tree for each controller, the second one tree for all. Where both are mounted,
 * each controller is taken from where it is.
 */
final class ControlGroups {
    /** The period that processor time is given out by, in microseconds. */
    private static final long PERIOD = 100_000;
    /** Less than this in a period the kernel refuses. */
    private static final long LEAST_QUOTA = 1_000;

    private static final String SERVER = "orizuru-server";

    /** What the kernel can limit for a group. */
    enum Controller {
        MEMORY("memory", "limits of memory"),
        CPU("cpu", "limits of processor time"),
        PROCESSES("pids", "limits of the number of processes"),
        /** Only counts; the second version counts without it. */
        USAGE("cpuacct", ""),
        /** Only for ending all at once; the second version does that without it. */
        FREEZER("freezer", "");

        final String kernelName;
        final String what;

        Controller(String kernelName, String what) {
            this.kernelName = kernelName;
            this.what = what;
        }

        boolean limits() {
            return !what.isEmpty();
        }
    }

    private final String prefix;
    /** Where groups are made, by controller. */
    private final Map<Controller, Path> first;

    private final Set<Controller> second;
    private final Path secondBase;
    private final Map<Controller, String> missing;

    private ControlGroups(
            String prefix,
            Map<Controller, Path> first,
            Set<Controller> second,
            Path secondBase,
            Map<Controller, String> missing) {
        this.prefix = prefix;
        this.first = first;
        this.second = second;
        this.secondBase = secondBase;
        this.missing = missing;
    }

    /**
     * Looks at what is mounted and may be used.
     *
     * @param process {@code /proc/self}
     * @param prefix with which the names of all groups begin; no other engine of this machine has the same
     */
    static ControlGroups detect(Path process, String prefix) {
        List<CgroupMount> mounts = CgroupMount.all(process);
        Map<Controller, Path> first = new LinkedHashMap<>();
        Map<Controller, String> missing = new LinkedHashMap<>();
        for (Controller controller : Controller.values()) {
            mounts.stream()
                    .filter(mount -> mount.controllers().contains(controller.kernelName))
                    .findFirst()
                    .ifPresent(mount -> first.put(controller, mount.own()));
        }
        Path base = mounts.stream()
                .filter(CgroupMount::unified)
                .findFirst()
                .map(CgroupMount::own)
                .orElse(Path.of("/sys/fs/cgroup"));
        Set<Controller> second = new LinkedHashSet<>();
        for (Controller controller : Controller.values()) {
            if (controller.limits() && !first.containsKey(controller)) {
                second.add(controller);
            }
        }
        if (base.endsWith(SERVER) && base.getParent() != null) {
            base = base.getParent();
        }
        probe(first, missing, prefix);
        enable(second, base, missing);
        return new ControlGroups(prefix, first, second, base, missing);
    }

    /** Groups of the second version below {@code base}, of which nothing is asked before. */
    static ControlGroups unified(Path base, String prefix) {
        return new ControlGroups(
                prefix,
                Map.of(),
                Set.of(Controller.MEMORY, Controller.CPU, Controller.PROCESSES),
                base,
                new LinkedHashMap<>());
    }

    private static void probe(Map<Controller, Path> first, Map<Controller, String> missing, String prefix) {
        String name = prefix + "probe-" + ProcessHandle.current().pid();
        first.entrySet().removeIf(entry -> {
            Path probe = entry.getValue().resolve(name);
            try {
                makeDirectory(probe);
                Files.delete(probe);
                return false;
            } catch (IOException e) {
                if (entry.getKey().limits()) {
                    missing.put(entry.getKey(), "no control group can be made in " + entry.getValue());
                }
                return true;
            }
        });
    }

    /** Lets the groups below {@code base} have controllers. For that no process may be left in it, not even this server. */
    private static void enable(Set<Controller> second, Path base, Map<Controller, String> missing) {
        if (second.isEmpty()) {
            return;
        }
        Set<String> available =
                Set.of(DurableFiles.readText(base.resolve("cgroup.controllers")).split("\\s+"));
        second.removeIf(controller -> {
            if (!available.contains(controller.kernelName)) {
                missing.put(
                        controller,
                        "the control group controller " + controller.kernelName + " is not there for this server");
            }
            return missing.containsKey(controller);
        });
        Set<String> enabled = Set.of(
                DurableFiles.readText(base.resolve("cgroup.subtree_control")).split("\\s+"));
        for (Controller controller : List.copyOf(second)) {
            if (!enabled.contains(controller.kernelName) && !enabled(controller, base)) {
                second.remove(controller);
                missing.put(
                        controller,
                        base + " does not hand on the controller " + controller.kernelName
                                + ": give the server a control group of its own (systemd: Delegate=yes)");
            }
        }
    }

    private static boolean enabled(Controller controller, Path base) {
        Path file = base.resolve("cgroup.subtree_control");
        try {
            write(file, "+" + controller.kernelName);
            return true;
        } catch (IOException e) {
            // Processes in it are in the way, as a rule ourselves.
        }
        Path own = base.resolve(SERVER);
        try {
            makeDirectory(own);
            List<ProcessHandle> ours =
                    new ArrayList<>(ProcessHandle.current().descendants().toList());
            ours.add(ProcessHandle.current());
            for (ProcessHandle process : ours) {
                write(own.resolve("cgroup.procs"), Long.toString(process.pid()));
            }
            write(file, "+" + controller.kernelName);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What cannot be limited here, and why. */
    Map<Controller, String> missing() {
        return missing;
    }

    /** The group that {@code name} gets; nothing is made yet. */
    ControlGroup group(String name) {
        LinkedHashSet<Path> directories = new LinkedHashSet<>();
        first.values().forEach(base -> directories.add(base.resolve(prefix + name)));
        if (!second.isEmpty()) {
            directories.add(secondBase.resolve(prefix + name));
        }
        return new ControlGroup(List.copyOf(directories));
    }

    /** Makes the group of {@code name}, or takes the one that is there, and sets its limits. */
    ControlGroup make(String name, Limits limits) throws IOException {
        ControlGroup group = group(name);
        for (Path directory : group.directories()) {
            makeDirectory(directory);
        }
        for (Map.Entry<Controller, Path> entry : first.entrySet()) {
            limitFirst(entry.getKey(), entry.getValue().resolve(prefix + name), limits);
        }
        for (Controller controller : second) {
            limitSecond(controller, secondBase.resolve(prefix + name), limits);
        }
        return group;
    }

    /** Sets the limit of processor time of a group anew; one that is gone is left alone. */
    void limitCpu(String name, Limits limits) throws IOException {
        Path one = first.get(Controller.CPU);
        if (one != null && Files.exists(one.resolve(prefix + name))) {
            limitFirst(Controller.CPU, one.resolve(prefix + name), limits);
        }
        if (second.contains(Controller.CPU) && Files.exists(secondBase.resolve(prefix + name))) {
            limitSecond(Controller.CPU, secondBase.resolve(prefix + name), limits);
        }
    }

    private static void limitFirst(Controller controller, Path group, Limits limits) throws IOException {
        switch (controller) {
            case MEMORY -> {
                if (limits.memory() > 0) {
                    write(group.resolve("memory.limit_in_bytes"), Long.toString(limits.memory()));
                    Path withSwap = group.resolve("memory.memsw.limit_in_bytes");
                    if (Files.exists(withSwap)) {
                        write(withSwap, Long.toString(limits.memory()));
                    }
                }
            }
            case CPU -> {
                if (limits.cpuMilli() > 0) {
                    write(group.resolve("cpu.cfs_period_us"), Long.toString(PERIOD));
                    write(group.resolve("cpu.cfs_quota_us"), Long.toString(quota(limits)));
                }
            }
            case PROCESSES -> write(group.resolve("pids.max"), Integer.toString(limits.processes()));
            case USAGE, FREEZER -> {}
        }
    }

    private static void limitSecond(Controller controller, Path group, Limits limits) throws IOException {
        switch (controller) {
            case MEMORY -> {
                boolean limited = limits.memory() > 0;
                write(group.resolve("memory.max"), limited ? Long.toString(limits.memory()) : "max");
                Path swap = group.resolve("memory.swap.max");
                // Kernels that do not account for swap have no such file.
                if (limited && Files.exists(swap)) {
                    write(swap, "0");
                }
            }
            case CPU -> write(group.resolve("cpu.max"), (limits.cpuMilli() > 0 ? quota(limits) : "max") + " " + PERIOD);
            case PROCESSES -> write(group.resolve("pids.max"), Integer.toString(limits.processes()));
            case USAGE, FREEZER -> {}
        }
    }

    private static long quota(Limits limits) {
        return Math.max(LEAST_QUOTA, limits.cpuMilli() * PERIOD / 1000);
    }

    /** Ends and removes the groups of this engine that {@code known} does not want. */
    void sweep(Predicate<Path> known) {
        Set<Path> bases = new LinkedHashSet<>(first.values());
        if (!second.isEmpty()) {
            bases.add(secondBase);
        }
        for (Path base : bases) {
            for (Path path : DurableFiles.list(base)) {
                if (path.getFileName().toString().startsWith(prefix) && Files.isDirectory(path) && !known.test(path)) {
                    ControlGroup left = new ControlGroup(List.of(path));
                    left.kill();
                    left.remove();
                }
            }
        }
    }

    private static void makeDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Of a start that this server does not remember; its limits are set anew.
        }
    }

    private static void write(Path file, String value) throws IOException {
        try {
            Files.write(file, value.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IOException(file + " does not take \"" + value + "\": " + e.getMessage(), e);
        }
    }
}
