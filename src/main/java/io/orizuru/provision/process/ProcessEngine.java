package io.orizuru.provision.process;

import io.orizuru.config.Settings;
import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.config.Settings.BuildLimits;
import io.orizuru.config.Settings.UnitSettings;
import io.orizuru.failure.Failure;
import io.orizuru.log.LogSink;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildRequest;
import io.orizuru.provision.Checkpoint;
import io.orizuru.provision.Engine;
import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.Output;
import io.orizuru.provision.Shell;
import io.orizuru.provision.ShellTerminal;
import io.orizuru.provision.UnitSpec;
import io.orizuru.provision.UnitUsage;
import io.orizuru.provision.process.UnitDirectory.StoredUnit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Units and builds as processes of this machine.
 *
 * <p>{@link #start} adopts what lives, then watches; {@link #close} stops watching and leaves the units running;
 * {@link #stopAll} ends them.
 */
public final class ProcessEngine implements Engine, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ProcessEngine.class);
    private static final Duration TURN = Duration.ofMillis(100);
    /** With more units than that, each is looked at less often. */
    private static final int LOOKED_AT_A_TURN = 100;

    private static final Duration STOP_AGAIN_AFTER = Duration.ofSeconds(1);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);
    private static final Duration REFRESH = Duration.ofSeconds(1);
    /** What was in the way of removing something may be gone. */
    private static final Duration EMPTY_AGAIN_AFTER = Duration.ofMinutes(10);
    /** After this time without a change, what a server was about to do is not done by it any more. */
    private static final Duration ABANDONED = Duration.ofSeconds(15);
    /** Beyond SIGTERM's own time: SIGKILL, the supervisor's, and removing the directory. */
    private static final Duration REMOVAL_GRACE = Duration.ofSeconds(30);

    /**
     * How the engine works.
     *
     * @param directory where it keeps everything; made if it is not there
     * @param build what builds get from the operator, beside the server's own {@code PIP_*}, {@code npm_config_*} and proxy
     *     variables
     * @param buildLimits what one build may use
     * @param units how units are kept apart
     * @param firstPort the first port given to units
     * @param lastPort the last one
     * @param stopTimeout how long a unit may take to end by itself after SIGTERM
     * @param executionTimeout how long a command in a unit may take
     * @param javaHome the JDK that the static platform's file server runs on
     */
    public record Options(
            Path directory,
            BuildEnvironment build,
            BuildLimits buildLimits,
            UnitSettings units,
            int firstPort,
            int lastPort,
            Duration stopTimeout,
            Duration executionTimeout,
            Path javaHome) {
        public Options {
            directory = directory.toAbsolutePath().normalize();
            if (firstPort < 1 || lastPort > 65535 || firstPort > lastPort) {
                throw new IllegalArgumentException("the ports " + firstPort + " to " + lastPort + " are no range");
            }
        }

        /**
         * The usual ones: ports 20000 to 29999, 10 s to stop, 15 min to build, 5 min for a command, the JDK of this server;
         * isolation as far as the machine has it.
         */
        public static Options of(Path directory, BuildEnvironment build) {
            return new Options(
                    directory,
                    build,
                    BuildLimits.DEFAULT,
                    UnitSettings.DEFAULT,
                    20000,
                    29999,
                    UnitSpec.STOP_TIMEOUT,
                    Duration.ofMinutes(5),
                    Path.of(System.getProperty("java.home")));
        }

        public Options withBuildLimits(BuildLimits limits) {
            return new Options(
                    directory, build, limits, units, firstPort, lastPort, stopTimeout, executionTimeout, javaHome);
        }

        public Options withUnits(UnitSettings settings) {
            return new Options(
                    directory,
                    build,
                    buildLimits,
                    settings,
                    firstPort,
                    lastPort,
                    stopTimeout,
                    executionTimeout,
                    javaHome);
        }

        public Options withPorts(int first, int last) {
            return new Options(
                    directory, build, buildLimits, units, first, last, stopTimeout, executionTimeout, javaHome);
        }

        public Options withStopTimeout(Duration timeout) {
            return new Options(
                    directory, build, buildLimits, units, firstPort, lastPort, timeout, executionTimeout, javaHome);
        }

        public Options withBuildTimeout(Duration timeout) {
            return withBuildLimits(buildLimits.withTimeout(timeout));
        }

        public Options withExecutionTimeout(Duration timeout) {
            return new Options(
                    directory, build, buildLimits, units, firstPort, lastPort, stopTimeout, timeout, javaHome);
        }
    }

    private final Options options;
    private final LogSink logs;
    private final Clock clock;
    private final Path appsDirectory;
    private final Ports ports;
    private final Machine machine;
    private final Builder builder;
    private final Trash trash;
    private final Troubles troubles = new Troubles();
    private final Map<String, ReentrantLock> locks = new ConcurrentHashMap<>();
    /** App → unit id → unit. */
    private final Map<String, Map<String, Unit>> units = new ConcurrentHashMap<>();

    private final Set<Unit> probed = ConcurrentHashMap.newKeySet();
    private final Map<Unit, Thread> enders = new ConcurrentHashMap<>();
    /** Not an interrupt: that would break off what is being written. */
    private final CountDownLatch closed = new CountDownLatch(1);

    private Consumer<Set<String>> absences = units -> {};
    private Set<String> absent = Set.of();
    private long absentToldAt = System.nanoTime();

    private @Nullable Thread watcher;
    private volatile Supplier<@Nullable String> shortage = () -> null;
    /** Null when this engine is the only one. */
    private volatile @Nullable BooleanSupplier watching;

    /**
     * Looks at the machine and prepares the directory; starts nothing yet.
     *
     * @throws UncheckedIOException when the directory cannot be used
     */
    public ProcessEngine(Options options, LogSink logs, Clock clock) {
        this.options = options;
        this.logs = logs;
        this.clock = clock;
        this.appsDirectory = options.directory().resolve("apps");
        try {
            DurableFiles.directory(options.directory());
            DurableFiles.directory(appsDirectory);
            ports = new Ports(
                    DurableFiles.directory(options.directory().resolve("ports")),
                    options.firstPort(),
                    options.lastPort());
            machine = Machine.detect(
                    options.directory(),
                    options.javaHome(),
                    options.units().hidden(),
                    options.units().network(),
                    options.units().isolation() == Settings.Isolation.REQUIRED);
        } catch (IOException e) {
            throw new UncheckedIOException("the directory " + options.directory() + " cannot be used for units", e);
        }
        trash = new Trash(options.directory());
        builder = new Builder(
                machine,
                options.build(),
                System.getenv(),
                options.buildLimits(),
                options.units().openFiles());
    }

    /**
     * Several servers use the directory: units that others start, and end, are noticed, and only one of them all takes
     * output and starts again what ended. To be called before {@link #start}.
     *
     * @param watches whether it is this one, now
     */
    public void share(BooleanSupplier watches) {
        watching = watches;
    }

    /**
     * Whom to tell which units have no process at the moment that could be asked. To be called before {@link #start}.
     *
     * @param told all of them, at once when there are others and again every second; must return at once
     */
    public void tellAbsences(Consumer<Set<String>> told) {
        absences = told;
    }

    /**
     * Says when the disk has too little room: builds then fail, and those that run are ended. To be called before {@link #start}.
     *
     * @param shortage why there is too little, for people; null while there is enough. Asked often
     */
    public void watchRoom(Supplier<@Nullable String> shortage) {
        this.shortage = shortage;
        builder.watchRoom(shortage);
    }

    /** What of the apps' files is in the way of something; how much, not whose. Empty when nothing is. */
    public List<String> troubles() {
        return troubles.and(trash.stuck());
    }

    /** What this machine lacks, and what follows from it; a line each, for people. Empty when all is well. */
    public List<String> missing() {
        return machine.missing();
    }

    /** What keeps units and builds apart, whether it is there or not. */
    public List<IsolationPart> isolation() {
        return machine.parts();
    }

    /** Whether nothing is built or started while a part of the isolation is missing. */
    public boolean isolationRequired() {
        return options.units().isolation() == Settings.Isolation.REQUIRED;
    }

    /** Adopts the units that live, removes what a killed server left half done, and begins to watch. */
    public void start() {
        try {
            CopyMark.onceInCopy(options.directory().resolve("directory"), this::forgetCopiedUnits);
            for (String name : apps()) {
                // One app's trouble is not that of the others, let alone of the start.
                troubles.apart(name, "are not adopted", () -> adopt(AppDirectory.of(appsDirectory, name)));
            }
            trash.sweep();
            Set<String> ids = units.values().stream()
                    .flatMap(byId -> byId.keySet().stream())
                    .collect(Collectors.toSet());
            if (watching == null) {
                ports.sweep(id -> ids.contains(id) || isUnit(id), Duration.ZERO);
                machine.networks().sweep(Files::exists);
            } else {
                machine.networks().sweepStale();
            }
            machine.groups().sweep(this::isRecorded);
            Mark.endAbandoned();
        } catch (IOException e) {
            throw new UncheckedIOException("the units below " + appsDirectory + " cannot be adopted", e);
        }
        watcher = Thread.ofPlatform().name("process-engine").daemon().start(this::watch);
    }

    /**
     * Of a directory that was copied: its units run, if at all, from the original, with the ports that stand here as well. They
     * are made anew, by whoever finds that they are not there.
     */
    private void forgetCopiedUnits() throws IOException {
        LOG.warnf("%s is a copy of another directory; its units are started anew", options.directory());
        for (Path app : DurableFiles.list(appsDirectory)) {
            for (Path unit : DurableFiles.list(app.resolve("units"))) {
                trash.put(app.getFileName().toString(), unit);
            }
        }
    }

    /** One that could not be adopted keeps its port. */
    private boolean isUnit(String id) {
        return DurableFiles.list(appsDirectory).stream()
                .anyMatch(app -> Files.exists(app.resolve("units").resolve(id)));
    }

    /** On disk, for another server of this directory may just have made it. */
    private boolean isRecorded(Path group) {
        return DurableFiles.list(appsDirectory).stream()
                .flatMap(app -> Stream.of(app.resolve("units"), app.resolve("builds")))
                .flatMap(directory -> DurableFiles.list(directory).stream())
                .anyMatch(directory ->
                        ControlGroup.recordedIn(directory).directories().contains(group));
    }

    private void adopt(AppDirectory app) throws IOException {
        Builder.sweep(app, watching == null ? Duration.ZERO : ABANDONED);
        removeHalfMade(app);
        for (Path path : DurableFiles.list(app.units())) {
            if (!path.getFileName().toString().startsWith(".")) {
                troubles.apart(app.app(), "are not all adopted", () -> adopt(app, new UnitDirectory(path)));
            }
        }
    }

    /**
     * Addresses are given anew when the machine was started anew; a unit that comes too late for its own cannot run, and
     * ends for good, so that another one takes its place.
     */
    private void claimNetwork(Unit unit) throws IOException {
        Netspace network = unit.network();
        if (network == null
                || !machine.networks().present()
                || machine.networks().claim(network, unit.place())) {
            return;
        }
        LOG.warnf(
                "the address %s of the unit %s is another one's by now: the unit ends, and another one takes its place",
                network.address(), unit.id());
        unit.markStopping();
    }

    private void adopt(AppDirectory app, UnitDirectory directory) throws IOException {
        StoredUnit stored = directory.stored().orElse(null);
        if (stored == null) {
            // Its end was begun: unit.json goes with the rest.
            trash.put(app.app(), directory.path());
            return;
        }
        Unit unit = adopt(app, directory, stored);
        claimNetwork(unit);
        if (unit.needsProbe()) {
            unit.probe();
        }
        if (unit.stopping() && watching == null) {
            endLater(app, unit);
        }
    }

    private void removeHalfMade(AppDirectory app) throws IOException {
        for (Path left : UnitDirectory.halfMade(app.units())) {
            if (watching == null || DurableFiles.isOlder(left, ABANDONED)) {
                ControlGroup.recordedIn(left).kill();
                ControlGroup.recordedIn(left).remove();
                trash.put(app.app(), left);
            }
        }
    }

    private Unit adopt(AppDirectory app, UnitDirectory directory, StoredUnit stored) {
        Unit unit = supervise(app, directory, stored);
        unit.adopt();
        return unit;
    }

    private Unit supervise(AppDirectory app, UnitDirectory directory, StoredUnit stored) {
        return unitsOf(app.app())
                .computeIfAbsent(
                        directory.id(),
                        id -> new Unit(
                                directory,
                                stored,
                                app.tree(stored.spec().version()),
                                machine,
                                unitLimits(stored.spec()),
                                watches(),
                                logs,
                                clock));
    }

    private Limits unitLimits(UnitSpec spec) {
        return new Limits(
                spec.memory(),
                spec.cpuMilli(),
                options.units().processes(),
                options.units().openFiles(),
                0);
    }

    /** Notices which units other servers started, are ending and have ended. */
    private void refresh(String name) {
        if (watching == null) {
            return;
        }
        AppDirectory app = AppDirectory.of(appsDirectory, name);
        Set<String> there = new HashSet<>();
        for (Path path : DurableFiles.list(app.units())) {
            String id = path.getFileName().toString();
            if (id.startsWith(".")) {
                continue;
            }
            there.add(id);
            UnitDirectory directory = new UnitDirectory(path);
            Unit known = unitsOrNone(name).get(id);
            if (known != null && known.stopping() && !directory.stopping()) {
                // It ended, and a server that knew nothing of that has made it anew: what is known is of the former
                // one.
                unitsOrNone(name).remove(id, known);
                known = null;
            }
            if (known == null) {
                directory.stored().ifPresent(stored -> adopt(app, directory, stored));
            } else {
                known.noteStopping();
            }
        }
        for (Unit unit : List.copyOf(unitsOrNone(name).values())) {
            if (!there.contains(unit.id()) && !Files.exists(app.units().resolve(unit.id()))) {
                unitsOrNone(name).remove(unit.id(), unit);
                abandonLater(unit);
            }
        }
    }

    /** Its directory is gone: whatever of it still runs is nobody's, and ends. It is then missed, and made anew. */
    private void abandonLater(Unit unit) {
        enders.computeIfAbsent(
                unit, key -> Thread.ofVirtual().name("abandon-" + unit.id()).start(() -> {
                    try {
                        unit.abandon();
                        Netspace network = unit.network();
                        if (network == null) {
                            ports.release(unit.port(), unit.id());
                        } else {
                            Networks.remove(network, unit.place());
                        }
                        unitsOf(unit.app()).remove(unit.id(), unit);
                    } catch (IOException | RuntimeException e) {
                        LOG.errorf(e, "what is left of the unit %s, whose directory is gone, is not ended", unit.id());
                    } finally {
                        enders.remove(unit);
                    }
                }));
    }

    /** Ends what another server began to end and did not. */
    private void finishEnds(String name) {
        AppDirectory app = AppDirectory.of(appsDirectory, name);
        for (Unit unit : List.copyOf(unitsOrNone(name).values())) {
            if (unit.stopping()
                    && unit.stoppingSince()
                            .isBefore(
                                    clock.instant().minus(options.stopTimeout().plus(ABANDONED)))) {
                endLater(app, unit);
            }
        }
    }

    private boolean watches() {
        BooleanSupplier mayWatch = watching;
        return mayWatch == null || mayWatch.getAsBoolean();
    }

    private void watch() {
        boolean open = true;
        long refreshed = System.nanoTime();
        long swept = refreshed;
        long emptied = refreshed;
        while (open) {
            boolean shared = watching != null;
            boolean watches = watches();
            if (shared && System.nanoTime() - refreshed > REFRESH.toNanos()) {
                refreshAll(watches);
                refreshed = System.nanoTime();
            }
            if (watches) {
                machine.networks().look();
            }
            if (shared && watches && System.nanoTime() - swept > ABANDONED.toNanos()) {
                sweepAbandoned();
                swept = System.nanoTime();
            }
            if (watches && System.nanoTime() - emptied > EMPTY_AGAIN_AFTER.toNanos()) {
                emptyTrash();
                emptied = System.nanoTime();
            }
            List<Unit> all = all();
            Duration aliveAgainAfter = TURN.multipliedBy(1 + all.size() / LOOKED_AT_A_TURN);
            for (Unit unit : all) {
                try {
                    turn(unit, watches, aliveAgainAfter);
                } catch (RuntimeException | Error e) {
                    // One unit's trouble is not that of the others.
                    LOG.errorf(e, "watching the unit %s failed", unit.id());
                }
            }
            tellAbsent(all);
            open = !closedWithin(TURN);
        }
    }

    /** When it changes, and every now and then for as long as there are any: routers forget it. */
    private void tellAbsent(List<Unit> all) {
        Set<String> now = all.stream().filter(Unit::absent).map(Unit::id).collect(Collectors.toSet());
        boolean again = !now.isEmpty() && System.nanoTime() - absentToldAt >= REFRESH.toNanos();
        if (again || !now.equals(absent)) {
            absent = now;
            absentToldAt = System.nanoTime();
            absences.accept(now);
        }
    }

    private void refreshAll(boolean watches) {
        Set<String> known = new HashSet<>(apps());
        known.addAll(units.keySet());
        for (String app : known) {
            try {
                refresh(app);
                if (watches) {
                    finishEnds(app);
                }
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "what other servers did with the units of %s was not noticed", app);
            }
        }
    }

    private void emptyTrash() {
        try {
            trash.sweep();
            machine.groups().sweep(this::isRecorded);
        } catch (RuntimeException e) {
            LOG.errorf(e, "what was removed below %s is not looked at", appsDirectory);
        }
    }

    /** Removes what another server of this directory left half done when it was killed; alone, the next start does. */
    private void sweepAbandoned() {
        try {
            Set<String> ids = new HashSet<>();
            for (String app : apps()) {
                troubles.apart(app, "are not all looked after", () -> {
                    AppDirectory directory = AppDirectory.of(appsDirectory, app);
                    Builder.sweep(directory, ABANDONED);
                    removeHalfMade(directory);
                });
                DurableFiles.list(appsDirectory.resolve(app).resolve("units"))
                        .forEach(unit -> ids.add(unit.getFileName().toString()));
            }
            trash.sweep();
            ports.sweep(ids::contains, ABANDONED);
            machine.networks().sweepStale();
            Mark.endAbandoned();
        } catch (IOException | RuntimeException | Error e) {
            LOG.errorf(e, "what was left half done below %s is not removed yet", appsDirectory);
        }
    }

    private boolean closedWithin(Duration time) {
        try {
            return closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    private void turn(Unit unit, boolean watches, Duration aliveAgainAfter) {
        if (watches && unit.isLost()) {
            abandonLater(unit);
        } else if (watches) {
            unit.followLog(shortage.get() != null);
            unit.look(aliveAgainAfter);
        } else {
            unit.glance(aliveAgainAfter);
        }
        if (unit.needsProbe() && probed.add(unit)) {
            Thread.ofVirtual().name("probe-" + unit.id()).start(() -> {
                try {
                    unit.probe();
                } finally {
                    probed.remove(unit);
                }
            });
        }
    }

    /** Stops watching. Units and what they print are left for the next server; ends that were begun are finished by it. */
    @Override
    public void close() {
        closed.countDown();
        List<Thread> threads = new ArrayList<>(enders.values());
        if (watcher != null) {
            threads.add(watcher);
        }
        threads.forEach(this::join);
    }

    private void join(Thread thread) {
        try {
            thread.join(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends all units of all apps and returns when they are gone. Builds stay. */
    public void stopAll() {
        List<Thread> threads = new ArrayList<>();
        for (String app : List.copyOf(units.keySet())) {
            AppDirectory directory = AppDirectory.of(appsDirectory, app);
            locked(app, () -> threads.addAll(endAll(directory)));
        }
        await(threads);
    }

    @Override
    public String name() {
        return "process";
    }

    @Override
    public @Nullable String refusal(String platform) {
        String refusal = machine.refusal();
        if (refusal != null) {
            return refusal;
        }
        Platform known = Platform.named(platform).orElse(null);
        return known == null ? Builder.unknown(platform) : machine.refusal(known);
    }

    @Override
    public Build build(BuildRequest request, Output output, Checkpoint checkpoint) {
        requireUser(request.user(), "the build of " + request.app());
        if (request.version() < 1) {
            throw new IllegalArgumentException("the version " + request.version() + " is less than 1");
        }
        return builder.build(AppDirectory.of(appsDirectory, request.app()), request, output, checkpoint);
    }

    @Override
    public void apply(String app, long epoch, List<UnitSpec> wanted, Set<String> left) {
        AppDirectory directory = AppDirectory.of(appsDirectory, app);
        locked(app, () -> {
            directory.refuseStale(epoch);
            wanted.forEach(spec -> check(directory, spec));
            directory.advance(epoch);
            refresh(app);
            Map<String, Unit> present = unitsOf(app);
            for (UnitSpec spec : wanted) {
                if (!present.containsKey(spec.id())) {
                    directory.refuseStale(epoch); // It may have been overtaken while it made the ones before.
                    create(directory, epoch, spec);
                }
            }
            Set<String> ids = new HashSet<>(left);
            wanted.forEach(spec -> ids.add(spec.id()));
            for (Unit unit : List.copyOf(present.values())) {
                // A server that was overtaken just now knows nothing of the units of the one that overtook it.
                boolean ours = unit.epoch() <= epoch;
                if (ours && !ids.contains(unit.id()) && !unit.stopping()) {
                    directory.refuseStale(epoch);
                    unit.markStopping();
                    ProcessFailPoints.UNIT_MARKED.hit(app);
                    endLater(directory, unit);
                }
            }
        });
    }

    private void check(AppDirectory app, UnitSpec spec) {
        AppDirectory.name("unit", spec.id());
        requireUser(spec.user(), "the unit " + spec.id());
        if (!spec.app().equals(app.app())) {
            throw new IllegalArgumentException(
                    "the unit " + spec.id() + " belongs to " + spec.app() + ", not to " + app.app());
        }
        String refusal = machine.refusal();
        if (refusal != null && !unitsOf(app.app()).containsKey(spec.id())) {
            throw Failure.unavailable("the unit " + spec.id() + " cannot be started: " + refusal);
        }
        refresh(app.app());
        if (!unitsOf(app.app()).containsKey(spec.id()) && !Files.exists(app.record(spec.version()))) {
            throw new IllegalArgumentException("the unit " + spec.id() + " is to run version " + spec.version() + " of "
                    + app.app() + ", which was not built here");
        }
    }

    /** A server that is root gives each app a number of its own; one that is not cannot. */
    private void requireUser(@Nullable Integer user, String what) {
        if (machine.isRoot() && (user == null || user < 1)) {
            throw new IllegalArgumentException(
                    what + " needs a user number above 0, as the server is root, but has " + user);
        }
        if (!machine.isRoot() && user != null) {
            throw new IllegalArgumentException(
                    what + " asks for the user number " + user + ", which a server that is not root cannot give");
        }
    }

    private void create(AppDirectory app, long epoch, UnitSpec spec) throws IOException {
        Path place = app.units().resolve(spec.id());
        Netspace network = machine.networks().present() ? machine.networks().take(Firewall.UNIT, place) : null;
        int port = network == null ? ports.reserve(spec.id()) : Netspace.PORT;
        ProcessFailPoints.UNIT_PORT.hit(app.app());
        StoredUnit stored = new StoredUnit(spec, port, epoch, clock.instant(), network, machine.passages());
        UnitDirectory directory;
        try {
            directory = UnitDirectory.create(
                    app.units(),
                    stored,
                    machine.sandbox(),
                    app.tree(spec.version()),
                    machine.networks().settings());
        } catch (IOException e) {
            release(place, network, port, spec.id());
            throw e;
        }
        supervise(app, directory, stored).look(TURN);
    }

    private void release(Path place, @Nullable Netspace network, int port, String unit) throws IOException {
        if (network == null) {
            ports.release(port, unit);
        } else {
            Networks.remove(network, place);
        }
    }

    private Thread endLater(AppDirectory app, Unit unit) {
        return enders.computeIfAbsent(
                unit, key -> Thread.ofVirtual().name("end-" + unit.id()).start(() -> end(app, unit)));
    }

    private void end(AppDirectory app, Unit unit) {
        try {
            while (!unit.end(options.stopTimeout(), this::isClosed)) {
                if (closedWithin(STOP_AGAIN_AFTER)) {
                    // Whoever starts next finds the mark and goes on.
                    return;
                }
            }
            ProcessFailPoints.UNIT_ENDED.hit(app.app());
            unit.removeDirectory(trash);
            ProcessFailPoints.UNIT_REMOVED.hit(app.app());
            Netspace network = unit.network();
            if (network == null) {
                ports.release(unit.port(), unit.id());
            }
            unitsOf(app.app()).remove(unit.id());
            if (network != null) {
                Networks.remove(network, unit.place());
            }
        } catch (IOException e) {
            LOG.errorf(e, "the directory of the unit %s, which has ended, cannot be removed", unit.id());
        } finally {
            enders.remove(unit);
        }
    }

    private List<Thread> endAll(AppDirectory app) throws IOException {
        List<Thread> threads = new ArrayList<>();
        for (Unit unit : List.copyOf(unitsOf(app.app()).values())) {
            unit.markStopping();
            threads.add(endLater(app, unit));
        }
        return threads;
    }

    private void await(Collection<Thread> threads) {
        long deadline =
                System.nanoTime() + options.stopTimeout().plus(REMOVAL_GRACE).toNanos();
        for (Thread thread : threads) {
            try {
                if (!thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                    throw new IllegalStateException("not even SIGKILL ended what " + thread.getName() + " waits for");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Override
    public List<ObservedUnit> observe(String app) {
        refresh(app);
        Map<String, Unit> present = units.get(app);
        if (present == null) {
            return List.of();
        }
        return present.values().stream()
                .map(Unit::observed)
                .sorted(Comparator.comparing(ObservedUnit::createdAt).thenComparing(ObservedUnit::id))
                .toList();
    }

    @Override
    public List<UnitUsage> usage(String app) {
        return unitsOrNone(app).values().stream()
                .flatMap(unit -> unit.usage().stream())
                .sorted(Comparator.comparing(UnitUsage::unit))
                .toList();
    }

    @Override
    public List<String> lastOutput(String app, String unit, int lines) {
        Unit present = unitsOrNone(app).get(unit);
        if (present == null) {
            return List.of();
        }
        try {
            return present.lastOutput(lines);
        } catch (IOException e) {
            throw new UncheckedIOException("the log of the unit " + unit + " cannot be read", e);
        }
    }

    @Override
    public int execute(String app, String unit, String command, Output output, Checkpoint checkpoint) {
        refresh(app);
        Unit present = unitsOrNone(app).get(unit);
        if (present == null) {
            throw Execution.notRunning(unit);
        }
        return present.execute(command, options.executionTimeout(), output, checkpoint);
    }

    @Override
    public Shell openShell(String app, String unit, ShellTerminal terminal) {
        refresh(app);
        Unit present = unitsOrNone(app).get(unit);
        if (present == null) {
            throw Execution.notRunning(unit);
        }
        return present.openShell(terminal);
    }

    @Override
    public Shell openShellAside(UnitSpec spec, ShellTerminal terminal) {
        AppDirectory directory = AppDirectory.of(appsDirectory, spec.app());
        AppDirectory.name("unit", spec.id());
        requireUser(spec.user(), "the shell " + spec.id());
        String refusal = machine.refusal();
        if (refusal != null) {
            throw Failure.unavailable("no shell can be opened: " + refusal);
        }
        if (!Files.exists(directory.record(spec.version()))) {
            throw new ExecutionFailed(
                    "version " + spec.version() + " of " + spec.app() + " was not built here, so no shell can see it");
        }
        return Aside.open(directory, spec, machine, unitLimits(spec), terminal);
    }

    @Override
    public List<String> apps() {
        return DurableFiles.list(appsDirectory).stream()
                .map(path -> path.getFileName().toString())
                .filter(AppDirectory::isName)
                .toList();
    }

    @Override
    public boolean hasBuild(String app, int version) {
        return AppDirectory.of(appsDirectory, app).build(version).isPresent();
    }

    @Override
    public void removeBuild(String app, int version) {
        AppDirectory directory = AppDirectory.of(appsDirectory, app);
        locked(app, () -> directory.removeBuild(version));
    }

    @Override
    public void removeApp(String app, long epoch) {
        AppDirectory directory = AppDirectory.of(appsDirectory, app);
        if (!Files.exists(directory.path())) {
            return;
        }
        locked(app, () -> {
            directory.advance(epoch);
            refresh(app);
            await(endAll(directory));
            for (Path path : DurableFiles.list(directory.builds())) {
                String name = path.getFileName().toString();
                if (name.startsWith(".build-") || name.startsWith(Aside.PREFIX)) {
                    Builder.discard(directory, path);
                }
            }
            ProcessFailPoints.APP_REMOVING.hit(app);
            trash.discard(app, directory.path());
            units.remove(app);
            troubles.over(app);
        });
    }

    private interface Step {
        void run() throws IOException;
    }

    private void locked(String app, Step step) {
        ReentrantLock lock = locks.computeIfAbsent(app, name -> new ReentrantLock());
        lock.lock();
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException("the units of " + app + " cannot be changed", e);
        } finally {
            lock.unlock();
        }
    }

    private Map<String, Unit> unitsOf(String app) {
        return units.computeIfAbsent(app, name -> new ConcurrentHashMap<>());
    }

    private Map<String, Unit> unitsOrNone(String app) {
        return units.getOrDefault(app, Map.of());
    }

    private List<Unit> all() {
        return units.values().stream().flatMap(byId -> byId.values().stream()).toList();
    }
}
