package io.orizuru.provision.process;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** This machine: which tools are there, how far it can keep processes apart, and starting one. The only one who starts any. */
final class Machine {
    private static final long PROBE_SECONDS = 20;

    private final Sandbox sandbox;
    private final Path javaHome;
    private final boolean root;
    private final List<String> missing;
    private final List<IsolationPart> parts;
    private final ControlGroups groups;
    private final boolean required;
    private volatile boolean venvSeen;

    private Machine(
            Sandbox sandbox,
            Path javaHome,
            boolean root,
            List<String> missing,
            List<IsolationPart> parts,
            ControlGroups groups,
            boolean required) {
        this.sandbox = sandbox;
        this.javaHome = javaHome;
        this.root = root;
        this.missing = List.copyOf(missing);
        this.parts = List.copyOf(parts);
        this.groups = groups;
        this.required = required;
    }

    /**
     * Looks around and installs the engine's own tools below {@code directory}.
     *
     * @param secrets files and directories of the server that nothing here may see
     * @param required whether nothing may run while a part of the isolation is missing
     */
    static Machine detect(Path directory, Path javaHome, List<Path> secrets, boolean required) throws IOException {
        Path tools = install(directory.resolve("tools"), javaHome);
        List<Path> hidden = new ArrayList<>(List.of(directory));
        hidden.addAll(secrets);
        SystemView system = SystemView.detect(javaHome, hidden);
        // Who made the file is who the server is.
        boolean root =
                Files.getAttribute(tools.resolve("supervise"), "unix:uid").equals(0);
        List<String> missing = new ArrayList<>();
        require(missing, "/usr/bin/setsid", "setsid (package util-linux)", "no unit can be started");
        require(missing, "/usr/bin/flock", "flock (package util-linux)", "no unit can be started");
        require(missing, "/usr/bin/prlimit", "prlimit (package util-linux)", "no unit can be started");
        Isolation isolation = root ? Isolation.USERS : Isolation.USER_NAMESPACE;
        if (root) {
            require(missing, "/usr/bin/setpriv", "setpriv (package util-linux)", "no unit can be started");
        }
        require(
                missing,
                "/usr/bin/bwrap",
                "bwrap (package bubblewrap)",
                root ? "no unit can be started" : "builds and units are not kept apart from each other");
        String noCommand = "no command can be run in a unit";
        require(missing, "/usr/bin/nsenter", "nsenter (package util-linux)", noCommand);
        require(missing, "/usr/bin/timeout", "timeout (package coreutils)", noCommand);
        require(missing, "/usr/bin/env", "env (package coreutils)", "no shell can be opened in a unit");
        if (!root) {
            require(missing, "/usr/bin/setpriv", "setpriv (package util-linux)", noCommand);
        }
        if (!root && !namespacesWork()) {
            if (Files.isExecutable(Path.of("/usr/bin/bwrap"))) {
                missing.add(
                        "user namespaces for unprivileged users: builds and units are not kept apart from each other");
            }
            isolation = Isolation.NONE;
        }
        ControlGroups groups = ControlGroups.detect(Path.of("/proc/self"), groupPrefix(directory));
        List<IsolationPart> parts = IsolationPart.of(isolation, Files.isExecutable(Path.of("/usr/bin/bwrap")), groups);
        return new Machine(new Sandbox(isolation, system, tools), javaHome, root, missing, parts, groups, required);
    }

    /** Two engines of one machine must not take each other's groups for their own. */
    static String groupPrefix(Path directory) throws IOException {
        return "orizuru-"
                + Integer.toHexString(directory.toRealPath().toString().hashCode()) + "-";
    }

    Sandbox sandbox() {
        return sandbox;
    }

    /** Whether each app needs a user number of its own. */
    boolean isRoot() {
        return root;
    }

    /** What builds can choose from, now. */
    Tools tools() {
        try {
            return Tools.detect(javaHome);
        } catch (IOException e) {
            throw new UncheckedIOException("the tools of this machine cannot be looked at", e);
        }
    }

    /** What is missing here and what follows from it, for people. */
    List<String> missing() {
        return missing;
    }

    /** What keeps units and builds apart, each with what it lacks. */
    List<IsolationPart> parts() {
        return parts;
    }

    ControlGroups groups() {
        return groups;
    }

    /** Why nothing at all can be run here, or null. */
    @Nullable
    String refusal() {
        return missing.stream()
                .filter(line -> line.endsWith("no unit can be started"))
                .findFirst()
                .map(line -> "this machine lacks " + line)
                .or(() -> required ? IsolationPart.refusal(parts) : Optional.empty())
                .orElse(null);
    }

    /** Why a platform's archives cannot be built here, or null. */
    @Nullable
    String refusal(Platform platform) {
        return switch (platform) {
            case STATIC, GENERIC -> null;
            case PYTHON -> {
                if (!Files.isExecutable(Path.of("/usr/bin/python3"))) {
                    yield lacks("python3", "python3");
                }
                // Only a good answer is kept: what is missing may be installed meanwhile.
                venvSeen = venvSeen || succeeds("/usr/bin/python3", "-c", "import venv, ensurepip");
                yield venvSeen ? null : lacks("python3's venv", "python3-venv");
            }
            case JAVA -> tools().jdks().isEmpty() ? lacks("a JDK", "default-jdk-headless") : null;
            case GO -> tools().go().isEmpty() ? lacks("go", "golang-go") : null;
            case NODEJS -> {
                if (!Tools.found("node")) {
                    yield lacks("node", "nodejs");
                }
                yield Tools.found("npm") ? null : lacks("npm", "npm");
            }
        };
    }

    /**
     * Starts a supervisor in {@code directory}. Its environment holds nothing of the server's.
     *
     * @param group the name of the control group that it gets, which is recorded in the directory
     */
    Process start(Path directory, Confined confined, String group, Limits limits, @Nullable File output)
            throws IOException {
        groups.group(group).record(directory);
        groups.make(group, limits);
        HiddenArguments command = HiddenArguments.of(sandbox.command(confined));
        DurableFiles.write(directory.resolve(HiddenArguments.FILE), command.content());
        Path supervisor = directory
                .toRealPath()
                .relativize(sandbox.tools().resolve("supervise").toRealPath());
        ProcessBuilder builder = new ProcessBuilder(sandbox.supervised(supervisor, command(limits), command));
        builder.directory(directory.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectErrorStream(true);
        if (output != null) {
            builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output));
        }
        return builder.start();
    }

    /**
     * Starts a shell inside a unit; it reads its script from its standard input.
     *
     * @param directory the unit's, with the record of its control group
     * @param limits the unit's; what it starts shares its control group
     * @param mark stands in the environment of all that it starts, and nowhere else
     */
    Process enter(Entrance entrance, @Nullable Integer user, Path directory, Limits limits, Duration limit, Mark mark)
            throws IOException {
        return entered(directory, sandbox.joining(command(limits), sandbox.entering(entrance, user, limit)), mark)
                .redirectErrorStream(true)
                .start();
    }

    /**
     * As {@link #enter}, with a terminal: the shell that reads the script has its other side as output and as descriptor 3.
     */
    Process attach(
            Entrance entrance,
            @Nullable Integer user,
            Path directory,
            Limits limits,
            PseudoTerminal terminal,
            Mark mark)
            throws IOException {
        List<String> joining = sandbox.joining(command(limits), sandbox.entering(entrance, user));
        return entered(directory, sandbox.attached(terminal.otherSide(), joining), mark)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private ProcessBuilder entered(Path directory, List<String> command, Mark mark) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.directory(sandbox.tools().toFile());
        builder.environment().clear();
        builder.environment().put("PATH", "/usr/bin:/bin");
        builder.environment().put(Mark.VARIABLE, mark.value());
        builder.environment()
                .put(Sandbox.GROUPS, directory.resolve(ControlGroup.RECORD).toString());
        return builder;
    }

    private List<String> command(Limits limits) {
        boolean apart = sandbox.isolation() != Isolation.NONE;
        return limits.command(apart && groups.missing().containsKey(ControlGroups.Controller.PROCESSES));
    }

    private static String lacks(String tool, String debianPackage) {
        return "this machine lacks " + tool + " (package " + debianPackage + ")";
    }

    private static void require(List<String> missing, String path, String name, String consequence) {
        if (!Files.isExecutable(Path.of(path))) {
            missing.add(name + ": " + consequence);
        }
    }

    private static boolean namespacesWork() {
        return Files.isExecutable(Path.of("/usr/bin/bwrap"))
                && succeeds(
                        "/usr/bin/unshare",
                        "--user",
                        "--map-current-user",
                        "--",
                        "/usr/bin/bwrap",
                        "--unshare-user",
                        "--unshare-pid",
                        "--unshare-ipc",
                        "--unshare-uts",
                        "--ro-bind",
                        "/",
                        "/",
                        "--proc",
                        "/proc",
                        "--dev",
                        "/dev",
                        "/bin/true");
    }

    private static boolean succeeds(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(PROBE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Path install(Path tools, Path javaHome) throws IOException {
        DurableFiles.directory(tools, "rwxr-xr-x");
        DurableFiles.directory(tools.resolve("bin"), "rwxr-xr-x");
        Path lib = DurableFiles.directory(tools.resolve("lib"), "rwxr-xr-x");
        DurableFiles.write(tools.resolve("supervise"), resource("supervise"), "rwxr-xr-x");
        DurableFiles.write(tools.resolve("join"), resource("join"), "rwxr-xr-x");
        DurableFiles.write(tools.resolve("attach"), resource("attach"), "rwxr-xr-x");
        String java = javaHome.toRealPath().resolve("bin/java").toString();
        String script =
                new String(resource("orizuru-static"), StandardCharsets.UTF_8).replace("@JAVA@", Scripts.quote(java));
        DurableFiles.write(tools.resolve("bin/orizuru-static"), script.getBytes(StandardCharsets.UTF_8), "rwxr-xr-x");
        Path classes = lib;
        for (String name : StaticFiles.class.getPackageName().split("\\.")) {
            classes = DurableFiles.directory(classes.resolve(name), "rwxr-xr-x");
        }
        DurableFiles.write(classes.resolve("StaticFiles.class"), resource("StaticFiles.class"), "rw-r--r--");
        return tools;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = Machine.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("the program's own file " + name + " is missing");
            }
            return in.readAllBytes();
        }
    }
}
