package io.orizuru.provision.process;

import io.orizuru.config.NetworkSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes networks of their own for units and builds, and sees to it that the rules between them are in force before anything
 * runs there, and stay so.
 */
final class Networks {
    private static final Logger LOG = Logger.getLogger(Networks.class);
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(20);
    private static final Duration CHECK_AGAIN_AFTER = Duration.ofSeconds(2);
    private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");
    private static final int USUAL_MTU = 1500;
    private static final List<String> SYSTEM = List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin");

    private final Path directory;
    private final Path script;
    private final NetworkSettings settings;
    private final Addresses addresses;
    private final AddressRange range;
    private final String prefix;
    private final @Nullable String problem;

    private String applied = "";
    /** As the kernel shows the table that was applied. */
    private String inForce = "";

    private long checkedAt = System.nanoTime() - CHECK_AGAIN_AFTER.toNanos();

    private Networks(Path directory, Path script, NetworkSettings settings, Addresses addresses, String prefix) {
        this(directory, script, settings, addresses, prefix, null);
    }

    private Networks(
            Path directory,
            Path script,
            NetworkSettings settings,
            Addresses addresses,
            String prefix,
            @Nullable String problem) {
        this.directory = directory;
        this.script = script;
        this.settings = settings;
        this.addresses = addresses;
        this.range = new AddressRange(settings.range());
        this.prefix = prefix;
        this.problem = problem;
    }

    /** None: all share this machine's. */
    static Networks none(Path directory, NetworkSettings settings, String why) {
        return new Networks(directory, directory, settings, new Addresses(Addresses.USUAL), "", why);
    }

    /**
     * Looks whether this machine can, by doing it once, and puts the rules in force.
     *
     * @param directory the engine's
     * @param script the tool that makes networks
     */
    static Networks detect(Path directory, Path script, NetworkSettings settings) {
        for (String tool : List.of("ip", "nft")) {
            if (!Files.isExecutable(Path.of(tool(tool)))) {
                return none(
                        directory,
                        settings,
                        tool + " is not installed (package " + (tool.equals("ip") ? "iproute2" : "nftables") + ")");
            }
        }
        Addresses addresses = new Addresses(Addresses.USUAL);
        try {
            Networks networks = new Networks(directory, script, settings, addresses, addresses.prefix(directory));
            Path place = directory.resolve("probe-" + ProcessHandle.current().pid());
            Netspace probe = networks.take(Firewall.BUILD, place);
            try {
                networks.make(probe);
            } finally {
                remove(probe, place);
            }
            return networks;
        } catch (IOException e) {
            return none(directory, settings, String.valueOf(e.getMessage()));
        }
    }

    /** Why units and builds share this machine's network; null when each has its own. */
    @Nullable
    String problem() {
        return problem;
    }

    NetworkSettings settings() {
        return settings;
    }

    /** Where units, or builds, may connect to. */
    NetworkSettings.Access access(String kind) {
        return kind.equals(Firewall.BUILD) ? settings.builds() : settings.units();
    }

    boolean present() {
        return problem == null;
    }

    Nameservers nameservers() {
        return Nameservers.ofThisMachine(settings.nameservers());
    }

    /**
     * Takes an address for a unit or build whose directory is, or will be, {@code place}.
     *
     * @param kind {@link Firewall#UNIT} or {@link Firewall#BUILD}
     */
    Netspace take(String kind, Path place) throws IOException {
        return addresses.take(range, prefix + kind, place);
    }

    /** Whether a unit that had it before may have it still. */
    boolean claim(Netspace space, Path place) throws IOException {
        return space.name().startsWith(prefix) && addresses.claim(space, place);
    }

    /** Makes it, unless it is there; the rules are in force when this returns. */
    void make(Netspace space) throws IOException {
        if (!present()) {
            throw new IOException("it had a network of its own, and " + problem);
        }
        check();
        if (!space.exists()) {
            run(
                    "/bin/sh",
                    script.toString(),
                    "up",
                    space.name(),
                    space.address(),
                    range.gateway(),
                    Integer.toString(mtu()),
                    Integer.toString(Netspace.PORT),
                    reachesLoopback() ? "1" : "0");
        }
    }

    private boolean reachesLoopback() {
        return !Firewall.loopback(settings.units()).isEmpty()
                || !Firewall.loopback(settings.builds()).isEmpty();
    }

    /** Takes away the network that is on record in {@code place}, if one is. All that was in it has ended. */
    static void removeRecorded(Path place) throws IOException {
        Optional<Netspace> space = Netspace.recordedIn(place);
        if (space.isPresent()) {
            remove(space.get(), place);
        }
    }

    /** Takes it away and gives the address back. */
    static void remove(Netspace space, Path place) throws IOException {
        takeAway(space);
        new Addresses(Addresses.USUAL).free(space, place);
    }

    private static void takeAway(Netspace space) throws IOException {
        if (!space.isLeft()) {
            return;
        }
        String problem = "";
        try {
            // At once: left alone, the interface would be there for a while longer than the namespace.
            feed(
                    "link delete " + space.name() + "\nnetns delete " + space.name() + "\n",
                    tool("ip"),
                    "-force",
                    "-batch",
                    "-");
        } catch (IOException e) {
            problem = String.valueOf(e.getMessage());
        }
        if (space.isLeft()) {
            throw new IOException("the network " + space.name() + " cannot be taken away: " + problem);
        }
    }

    /** Puts the rules in force again if they are not, or should be others by now. Looks every now and then only. */
    synchronized void guard() throws IOException {
        if (present() && System.nanoTime() - checkedAt >= CHECK_AGAIN_AFTER.toNanos()) {
            check();
        }
    }

    private synchronized void check() throws IOException {
        Firewall firewall = new Firewall(prefix, range, nameservers().addresses(), settings);
        String text = firewall.text();
        if (!text.equals(applied) || !forwards() || !shown(firewall).equals(inForce)) {
            if (!applied.isEmpty()) {
                LOG.warnf("the table inet %s was changed or should be another one: it is made anew", firewall.table());
            }
            forward();
            // What nobody has is nowhere, and not with whoever is beyond the next router.
            run(
                    tool("ip"),
                    "route",
                    "replace",
                    "unreachable",
                    settings.range().toString(),
                    "metric",
                    Integer.toString(Integer.MAX_VALUE));
            feed(text, tool("nft"), "-f", "-");
            applied = text;
            inForce = shown(firewall);
        }
        checkedAt = System.nanoTime();
    }

    /** As {@link #guard}, for whoever looks all the time and can do nothing about it. */
    void look() {
        try {
            guard();
        } catch (IOException e) {
            LOG.errorf("the rules between the networks of units cannot be put in force again: %s", e.getMessage());
        }
    }

    private static String shown(Firewall firewall) {
        try {
            return run(tool("nft"), "--stateless", "list", "table", "inet", firewall.table());
        } catch (IOException e) {
            return "";
        }
    }

    private static boolean forwards() {
        return DurableFiles.readText(FORWARDING).equals("1");
    }

    private static void forward() throws IOException {
        if (!forwards()) {
            Files.writeString(FORWARDING, "1\n");
        }
    }

    /** Of the way to the world: what is longer would not get through. */
    private static int mtu() {
        return DurableFiles.readText(Path.of("/proc/net/route"))
                .lines()
                .map(line -> line.split("\\s+"))
                .filter(words -> words.length > 7 && words[1].equals("00000000") && words[7].equals("00000000"))
                .map(words -> DurableFiles.readText(Path.of("/sys/class/net", words[0], "mtu")))
                .filter(text -> text.matches("\\d{2,5}"))
                .map(Integer::valueOf)
                .findFirst()
                .orElse(USUAL_MTU);
    }

    /**
     * Takes away what is left of units and builds that are gone, of other engines too: theirs may never come back.
     *
     * @param isPlace whether a directory of this engine is that of a unit or build; nothing else is right now being made
     */
    void sweep(Predicate<Path> isPlace) throws IOException {
        if (!present()) {
            return;
        }
        for (Addresses.Taken taken : addresses.of(directory)) {
            if (!isPlace.test(taken.place())) {
                remove(new Netspace(taken.name(), taken.address()), taken.place());
            }
        }
        sweepStale();
    }

    /** As {@link #sweep}, beside others who are making units of this engine. */
    void sweepStale() throws IOException {
        if (!present()) {
            return;
        }
        for (Addresses.Taken taken : addresses.stale()) {
            Netspace space = new Netspace(taken.name(), taken.address());
            // An engine whose directory is not seen from here may still have it.
            if (!space.isInUse()) {
                LOG.infof("the network %s of %s, which is gone, is taken away", taken.name(), taken.place());
                remove(space, taken.place());
            }
        }
        for (String abandoned : addresses.abandonedPrefixes()) {
            String table = new Firewall(abandoned, range, List.of(), settings).table();
            feed("table inet " + table + "\ndelete table inet " + table + "\n", tool("nft"), "-f", "-");
            addresses.forgetEngine(abandoned);
        }
    }

    static String tool(String name) {
        return SYSTEM.stream()
                .map(path -> Path.of(path, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Path.of(SYSTEM.getFirst(), name))
                .toString();
    }

    private static String run(String... command) throws IOException {
        return feed("", command);
    }

    /** Runs a command of this machine, which gets {@code input}; answers what it printed. */
    private static String feed(String input, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("PATH", String.join(":", SYSTEM));
        Process process = builder.start();
        try {
            Thread writer = Thread.ofVirtual().name("network-input").start(() -> write(process, input));
            // What it prints is short; whatever it waits for, it is ended.
            Thread alarm = Thread.ofVirtual().name("network-alarm").start(() -> endLate(process));
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int code = process.waitFor();
            writer.join();
            alarm.interrupt();
            if (code != 0) {
                throw new IOException("\"" + String.join(" ", List.of(command)) + "\" " + Ending.describe(code)
                        + (output.isEmpty() ? "" : ": " + output));
            }
            return output;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while \"" + String.join(" ", List.of(command)) + "\" ran", e);
        }
    }

    private static void write(Process process, String input) {
        try (OutputStream out = process.getOutputStream()) {
            out.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended before it read all; its exit code tells more.
        }
    }

    private static void endLate(Process process) {
        try {
            if (!process.waitFor(COMMAND_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            // It ended in time.
        }
    }
}
