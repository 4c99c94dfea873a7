package io.orizuru.provision.process;

import io.orizuru.config.NetworkSettings;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private final Networks networks;
    private final boolean passages;
    private final boolean required;
    private volatile boolean venvSeen;

    private Machine(
            Sandbox sandbox,
            Path javaHome,
            boolean root,
            List<String> missing,
            List<IsolationPart> parts,
            ControlGroups groups,
            Networks networks,
            boolean passages,
            boolean required) {
        this.passages = passages;
        this.networks = networks;
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
     * @param network what networks units and builds are to have
     * @param required whether nothing may run while a part of the isolation is missing
     */
    static Machine detect(Path directory, Path javaHome, List<Path> secrets, NetworkSettings network, boolean required)
            throws IOException {
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
        String passageProblem = root || isolation == Isolation.NONE ? "the server is not root" : passageProblem();
        Networks networks = root
                ? Networks.detect(directory, tools.resolve("network"), network)
                : Networks.none(directory, network, passageProblem);
        List<IsolationPart> parts =
                new ArrayList<>(IsolationPart.of(isolation, Files.isExecutable(Path.of("/usr/bin/bwrap")), groups));
        boolean passages = !root && passageProblem.isEmpty();
        parts.add(IsolationPart.network(passages ? null : networks.problem()));
        if ((passages || networks.present())
                && networks.nameservers().addresses().isEmpty()) {
            missing.add(
                    "a nameserver that units can reach: those of /etc/resolv.conf are on this machine's loopback, or"
                            + " have IPv6 addresses; units.network.nameservers can name others: no name is found in a unit");
        }
        return new Machine(
                new Sandbox(isolation, system, tools),
                javaHome,
                root,
                missing,
                parts,
                groups,
                networks,
                passages,
                required);
    }

    /** Two engines of one machine must not take each other's groups for their own. */
    static String groupPrefix(Path directory) throws IOException {
        String own = directory.toRealPath() + " "
                + Files.readAttributes(directory, BasicFileAttributes.class).fileKey();
        return "orizuru-" + Integer.toHexString(own.hashCode()) + "-";
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

    /**
     * Gives a build, or what is made for a shell, a network of its own, as far as this machine can.
     *
     * @param kind {@link Firewall#UNIT} or {@link Firewall#BUILD}
     */
    void separate(String kind, Path directory) throws IOException {
        if (networks.present()) {
            networks.take(kind, directory).record(directory);
        } else if (passages) {
            new Passage(0).record(directory, networks.settings(), networks.access(kind));
        }
    }

    /** Whether units have networks that are reached by a port of this machine. */
    boolean passages() {
        return passages;
    }

    Networks networks() {
        return networks;
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
     * <p>It is in the network that is on record there, which is made if it is not there.
     *
     * @param group the name of the control group that it gets, which is recorded in the directory
     */
    Process start(Path directory, Confined confined, String group, Limits limits, @Nullable File output)
            throws IOException {
        groups.group(group).record(directory);
        groups.make(group, limits);
        Path supervisor = directory
                .toRealPath()
                .relativize(sandbox.tools().resolve("supervise").toRealPath());
        Confined seen = confined;
        Optional<Netspace> network = Netspace.recordedIn(directory);
        if (network.isPresent()) {
            networks.make(network.get());
            seen = withNameservers(confined);
        } else if (Passage.isRecordedIn(directory)) {
            // Only builds keep what they write on disk.
            String kind = confined.scratch() == null ? Firewall.UNIT : Firewall.BUILD;
            Passage.rules(directory, networks.settings(), networks.access(kind));
            seen = withNameservers(confined).through(supervisor.resolveSibling("inside"));
        }
        HiddenArguments command = HiddenArguments.of(sandbox.command(seen));
        DurableFiles.write(directory.resolve(HiddenArguments.FILE), command.content());
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

    /** What asks for names here may be on the loopback, which is another one there. */
    private Confined withNameservers(Confined confined) throws IOException {
        String text = networks.nameservers().file();
        if (text == null) {
            return confined;
        }
        Path file = sandbox.tools().resolve("resolv.conf");
        if (!DurableFiles.readText(file).equals(text.strip())) {
            DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8), "rw-r--r--");
        }
        Map<Path, Path> more = new HashMap<>(confined.readOnly());
        more.put(file, Path.of("/etc/resolv.conf").toRealPath());
        return confined.seeing(more);
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

    /** Why units without root share this machine's network; empty when each can have its own. */
    private static String passageProblem() {
        if (!Files.isExecutable(Path.of("/usr/bin/pasta"))) {
            return "the server is not root, and pasta is not installed (package passt)";
        }
        for (String tool : List.of("ip", "nft")) {
            if (!Files.isExecutable(Path.of(Networks.tool(tool)))) {
                return "the server is not root, and " + tool + " is not installed (package "
                        + (tool.equals("ip") ? "iproute2" : "nftables") + ")";
            }
        }
        boolean rules = succeeds(
                "/usr/bin/unshare",
                "--user",
                "--map-current-user",
                "--net",
                "--keep-caps",
                "--",
                Networks.tool("nft"),
                "add table inet orizuru");
        boolean way = succeeds(
                "/usr/bin/pasta",
                "--foreground",
                "--quiet",
                "--config-net",
                "--ipv4-only",
                "--no-map-gw",
                "--tcp-ports",
                "none",
                "--udp-ports",
                "none",
                "--tcp-ns",
                "none",
                "--udp-ns",
                "none",
                "--",
                "/bin/true");
        if (rules && way) {
            return "";
        }
        return "the server is not root, and "
                + (way ? "nft makes no rules in a user namespace" : "pasta makes no network (it needs /dev/net/tun)");
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
        DurableFiles.write(tools.resolve("inside"), resource("inside"), "rwxr-xr-x");
        DurableFiles.write(tools.resolve("passage"), resource("passage"), "rwxr-xr-x");
        DurableFiles.write(tools.resolve("network"), resource("network"), "rwxr-xr-x");
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
