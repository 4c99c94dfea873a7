package io.orizuru.provision.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Writes the command lines that keep units and builds apart. Pure: it starts nothing and looks at nothing.
 *
 * <p>Inside there is the system ({@code /usr}, {@code /etc}), a private {@code /tmp} and {@code /home}, the release, and
 * nothing else of this machine: no data directory, no sockets, no other app. Nothing secret stands in these lines, for
 * any user may read them in {@code /proc}; the environment is in the script.
 *
 * @param isolation how far to go
 * @param system what of the machine is to be seen
 * @param tools the directory with {@code supervise}, {@code bin} and {@code lib}
 */
record Sandbox(Isolation isolation, SystemView system, Path tools) {
    static final String HOME = "/home/application";
    /** The variable that names the file with the control groups to enter. Others may not read it, as they may a command line. */
    static final String GROUPS = "ORIZURU_GROUPS";

    static final String CURRENT = HOME + "/current";
    private static final String INSIDE = "/run/orizuru";
    private static final String OWN_PATH = String.join(
            ":", CURRENT + "/.venv/bin", CURRENT + "/node_modules/.bin", CURRENT + "/.jdk/bin", INSIDE + "/bin");
    private static final String SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final long SHARED_MEMORY_BYTES = 64L << 20;
    private static final long TEMPORARY_BYTES = 256L << 20;
    private static final int LONGEST_HOST_NAME = 63;

    /** Where this machine sees the terminals of a unit. */
    Path terminals(Entrance entrance) {
        return isolation == Isolation.NONE
                ? Path.of("/dev/ptmx")
                : Path.of("/proc", Long.toString(entrance.inside()), "root/dev/pts/ptmx");
    }

    /** Where a process sees its release. */
    String current(Path tree) {
        return isolation == Isolation.NONE ? tree.toString() : CURRENT;
    }

    /** Where a process sees its home. */
    String home(Path scratch) {
        return isolation == Isolation.NONE ? scratch.resolve("home").toString() : HOME;
    }

    /** {@code PATH} of a process. */
    String path(Path tree) {
        if (isolation != Isolation.NONE) {
            return OWN_PATH + ":" + SYSTEM_PATH;
        }
        return tree + "/.venv/bin:" + tree + "/node_modules/.bin:" + tree + "/.jdk/bin:" + tools.resolve("bin") + ":"
                + SYSTEM_PATH;
    }

    /**
     * The whole command, to be started in the directory in which the exit code is kept and the control groups are named: a
     * session of its own, the supervisor, the limits, then what keeps it apart. Any user may read it while it runs; so no place
     * of the server's stands in it, and neither does what bubblewrap is told.
     *
     * @param supervisor the tool, as seen from there
     * @param limits the command that sets limits by process; may be empty
     */
    List<String> supervised(Path supervisor, List<String> limits, HiddenArguments command) {
        List<String> line = new ArrayList<>(List.of("/usr/bin/setsid", "/bin/sh", supervisor.toString(), "."));
        line.addAll(limits);
        line.addAll(command.shown());
        return line;
    }

    /**
     * A command that first enters the control groups that the file named in {@link #GROUPS} names, and has its limits. To be
     * started in the directory of the tools.
     */
    List<String> joining(List<String> limits, List<String> command) {
        List<String> line = new ArrayList<>(List.of("/bin/sh", "./join", "-"));
        line.addAll(limits);
        line.addAll(command);
        return line;
    }

    /**
     * Joins a running unit, with no more rights than it has, and runs the script that comes on the standard input: it holds
     * the environment.
     *
     * @param limit after which the command is killed even if the server that started it is gone; whole seconds
     */
    List<String> entering(Entrance entrance, @Nullable Integer user, Duration limit) {
        Arguments line = entrance(entrance, user);
        line.add("/usr/bin/timeout", "--signal=KILL", limit.toSeconds(), "/bin/sh", "-s");
        return line.words;
    }

    /** As {@link #entering(Entrance, Integer, Duration)}, for as long as the script takes. */
    List<String> entering(Entrance entrance, @Nullable Integer user) {
        Arguments line = entrance(entrance, user);
        line.add("/bin/sh", "-s");
        return line.words;
    }

    /** A command whose output is a terminal's other side, which it also has as descriptor 3. */
    List<String> attached(Path terminal, List<String> command) {
        List<String> line = new ArrayList<>(List.of("/bin/sh", "./attach", terminal.toString()));
        line.addAll(command);
        return line;
    }

    private Arguments entrance(Entrance entrance, @Nullable Integer user) {
        Arguments line = new Arguments();
        if (isolation != Isolation.NONE) {
            line.add("/usr/bin/nsenter", "--target", entrance.inside(), "--mount", "--pid", "--ipc", "--uts");
            if (entrance.network()) {
                line.add("--net");
            }
        }
        if (isolation == Isolation.USER_NAMESPACE) {
            // The unit's own user namespace is of no use: bubblewrap makes it last, and it may not join the others.
            line.add("--user=/proc/" + entrance.outside() + "/ns/user", "--preserve-credentials");
            line.add("--", "/usr/bin/setpriv", "--no-new-privs");
        }
        if (isolation == Isolation.USERS) {
            line.add("--");
            user(line, user);
        }
        return line;
    }

    private static void user(Arguments line, @Nullable Integer user) {
        String number = String.valueOf(user);
        line.add("/usr/bin/setpriv", "--reuid", number, "--regid", number, "--clear-groups");
        line.add("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all");
    }

    /** What keeps it apart, and the script. */
    List<String> command(Confined confined) {
        if (isolation == Isolation.NONE) {
            return List.of("/bin/sh", "./" + confined.script().getFileName());
        }
        Arguments line = new Arguments();
        if (isolation == Isolation.USER_NAMESPACE) {
            // bubblewrap's namespaces belong to one that no process is in; with one around it they can be joined later.
            line.add("/usr/bin/unshare", "--user", "--map-current-user");
            Path passage = confined.passage();
            if (passage == null) {
                line.add("--");
            } else {
                line.add("--net", "--keep-caps", "--", "/bin/sh", passage, ".");
            }
        }
        line.add("/usr/bin/bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent");
        if (isolation == Isolation.USER_NAMESPACE) {
            line.add("--unshare-user");
        }
        line.add("--hostname", hostName(confined.host()));
        system(line);
        line.add("--ro-bind", confined.accounts().resolve("passwd"), "/etc/passwd");
        line.add("--ro-bind", confined.accounts().resolve("group"), "/etc/group");
        line.add("--proc", "/proc", "--dev", "/dev");
        memory(line, SHARED_MEMORY_BYTES, "/dev/shm");
        scratch(line, confined.scratch());
        line.add("--bind", confined.tree(), CURRENT);
        directories(line, INSIDE);
        line.add("--ro-bind", tools.resolve("bin"), INSIDE + "/bin");
        line.add("--ro-bind", tools.resolve("lib"), INSIDE + "/lib");
        line.add("--ro-bind", confined.script(), INSIDE + "/start");
        for (Map.Entry<Path, Path> more : new TreeMap<>(confined.readOnly()).entrySet()) {
            directories(line, parent(more.getValue()));
            line.add("--ro-bind", more.getKey(), more.getValue());
        }
        line.add("--chdir", CURRENT, "--");
        if (isolation == Isolation.USERS) {
            user(line, confined.user());
        }
        line.add("/bin/sh", INSIDE + "/start");
        return line.words;
    }

    private void system(Arguments line) {
        system.directories().forEach(directory -> {
            directories(line, parent(directory));
            line.add("--ro-bind", directory, directory);
        });
        system.links().forEach((link, target) -> line.add("--symlink", target, link));
        system.hidden().forEach(directory -> line.add("--tmpfs", directory));
        // A device on a mount without devices: opening it is refused, whoever asks.
        system.unreadable().forEach(file -> line.add("--ro-bind", "/dev/null", file));
    }

    private static void scratch(Arguments line, @Nullable Path scratch) {
        directories(line, "/var");
        memory(line, TEMPORARY_BYTES, "/var/tmp");
        directories(line, "/home");
        if (scratch != null) {
            line.add("--bind", scratch.resolve("tmp"), "/tmp", "--bind", scratch.resolve("home"), HOME);
            return;
        }
        memory(line, TEMPORARY_BYTES, "/tmp");
        memory(line, TEMPORARY_BYTES, HOME);
    }

    private static void memory(Arguments line, long bytes, String target) {
        line.add("--perms", "1777", "--size", bytes, "--tmpfs", target);
    }

    /** Makes the directories down to {@code path}: bubblewrap by itself makes them unreadable for anyone but root. */
    private static void directories(Arguments line, String path) {
        Path built = Path.of("/");
        for (Path name : Path.of(path)) {
            built = built.resolve(name);
            if (line.made.add(built)) {
                line.add("--perms", "0755", "--dir", built);
            }
        }
    }

    private static String parent(Path path) {
        Path parent = path.getParent();
        return parent == null ? "/" : parent.toString();
    }

    private static String hostName(String name) {
        return name.length() <= LONGEST_HOST_NAME ? name : name.substring(0, LONGEST_HOST_NAME);
    }

    private static final class Arguments {
        final List<String> words = new ArrayList<>();
        final TreeSet<Path> made = new TreeSet<>();

        void add(Object... more) {
            for (Object word : more) {
                words.add(word.toString());
            }
        }
    }
}
