package io.orizuru.provision.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A mounted tree of control groups, and which of its groups a process is in.
 *
 * @param unified whether it is the single tree of the second version
 * @param controllers those of a tree of the first version; of the second one none: it tells them itself
 * @param own the directory of the process's own group
 */
record CgroupMount(boolean unified, Set<String> controllers, Path own) {
    /** The trees that a process sees, by its {@code mountinfo} and {@code cgroup} in {@code process}. */
    static List<CgroupMount> all(Path process) {
        Map<String, String> groups = groups(DurableFiles.readText(process.resolve("cgroup")));
        List<CgroupMount> mounts = new ArrayList<>();
        DurableFiles.readText(process.resolve("mountinfo"))
                .lines()
                .forEach(line -> parse(line.split(" "), groups, mounts));
        return mounts;
    }

    /** Where the trees are mounted that a process sees. */
    static Set<Path> places(Path process) {
        Set<Path> places = new LinkedHashSet<>();
        DurableFiles.readText(process.resolve("mountinfo"))
                .lines()
                .map(line -> line.split(" "))
                .filter(words -> words.length > 6)
                .filter(words -> {
                    int dash = List.of(words).indexOf("-");
                    return dash >= 6 && dash + 1 < words.length && words[dash + 1].matches("cgroup2?");
                })
                .forEach(words -> places.add(Path.of(words[4])));
        return places;
    }

    /** Controller, or nothing for the second version, to path. */
    private static Map<String, String> groups(String text) {
        Map<String, String> groups = new HashMap<>();
        text.lines()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3)
                .forEach(parts -> {
                    for (String controller : parts[1].split(",")) {
                        groups.put(controller, parts[2]);
                    }
                });
        return groups;
    }

    /** {@code 35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:1 - cgroup cgroup rw,memory} */
    private static void parse(String[] words, Map<String, String> groups, List<CgroupMount> mounts) {
        int dash = List.of(words).indexOf("-");
        if (dash < 6 || words.length < dash + 4) {
            return;
        }
        boolean unified = words[dash + 1].equals("cgroup2");
        if (!unified && !words[dash + 1].equals("cgroup")) {
            return;
        }
        Set<String> controllers = unified ? Set.of() : Set.of(words[dash + 3].split(","));
        String group = unified
                ? groups.get("")
                : controllers.stream()
                        .filter(groups::containsKey)
                        .map(groups::get)
                        .findFirst()
                        .orElse(null);
        Path root = Path.of(words[3]);
        // In a container the tree may be mounted from the container's own group on.
        if (group != null && Path.of(group).startsWith(root)) {
            Path own = Path.of(words[4])
                    .resolve(root.relativize(Path.of(group)).toString())
                    .normalize();
            mounts.add(new CgroupMount(unified, controllers, own));
        }
    }
}
