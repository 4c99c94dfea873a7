package io.orizuru.provision.process;

import io.orizuru.log.LogLine;
import io.orizuru.log.LogSink;
import io.orizuru.provision.Checkpoint;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.ObservedUnit.Status;
import io.orizuru.provision.Output;
import io.orizuru.provision.Shell;
import io.orizuru.provision.ShellTerminal;
import io.orizuru.provision.UnitSpec;
import io.orizuru.provision.UnitUsage;
import io.orizuru.provision.process.UnitDirectory.History;
import io.orizuru.provision.process.UnitDirectory.StoredUnit;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One unit under supervision: started, watched, started again when it ends by itself, ended when it is asked to. All
 * that must outlive this server is in its directory; what is here can be found out again.
 */
final class Unit {
    private static final Logger LOG = Logger.getLogger(Unit.class);
    private static final String WEB = "web";
    private static final Duration LIVED_ENOUGH = Duration.ofSeconds(1);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(1);
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);
    private static final int BOOST_MILLI = 1000;
    private static final Duration LONGEST_BOOST = Duration.ofSeconds(10);
    /** What serves already has its first requests before it, that of the health check first: they load the rest of it. */
    private static final Duration BOOST_OF_FIRST_ANSWERS = Duration.ofSeconds(2);

    private static final Duration SAME_END = Duration.ofSeconds(5);
    private static final Duration KILL_LIMIT = Duration.ofSeconds(5);
    /** A unit that serves is looked at less often; whoever observes it looks anyway. */
    private static final Duration LOOK_AGAIN_AFTER = Duration.ofMillis(500);

    private static final int CONNECT_MILLIS = 250;
    private static final long TRUNCATE_LOG_ABOVE = 8L << 20;

    private final UnitDirectory directory;
    private final StoredUnit stored;
    private final Path tree;
    private final Machine machine;
    private final LogTail log;
    private final Consumer<String> lines;
    private final Limits limits;

    private @Nullable Running running;
    private History history;
    private int failures;
    private boolean ready;
    /** Its process has ended, and it does not serve again yet. */
    private boolean absent;

    private long foundAliveAt = System.nanoTime();
    private boolean stopping;
    private boolean watched;
    private String reason = "";
    private long since = System.nanoTime();
    private long readySince = System.nanoTime();
    private long retryAt = System.nanoTime();
    private long lookedAt = System.nanoTime();
    private long memoryKills;
    private long memoryKilledAt = System.nanoTime();
    private boolean boosted;
    private Sample sample = Sample.NONE;
    private long soughtAt = System.nanoTime();

    /** @param watched whether this server looks after it, and not another one of its directory */
    Unit(
            UnitDirectory directory,
            StoredUnit stored,
            Path tree,
            Machine machine,
            Limits limits,
            boolean watched,
            LogSink sink,
            Clock clock) {
        this.watched = watched;
        this.limits = limits;
        this.directory = directory;
        this.stored = stored;
        this.tree = tree;
        this.machine = machine;
        this.history = directory.history();
        this.stopping = directory.stopping();
        this.log = new LogTail(directory.log(), directory.logOffset(), TRUNCATE_LOG_ABOVE);
        UnitSpec spec = stored.spec();
        this.lines = line -> sink.accept(new LogLine(spec.app(), clock.instant(), spec.process(), spec.id(), line));
    }

    String id() {
        return stored.spec().id();
    }

    /** Its own; null when it shares this machine's. */
    @Nullable
    Netspace network() {
        return stored.network();
    }

    Path place() {
        return directory.path();
    }

    String app() {
        return stored.spec().app();
    }

    int port() {
        return stored.port();
    }

    /** Whether somebody took its directory away who was not to. */
    synchronized boolean isLost() {
        return !stopping && !directory.exists();
    }

    /** Ends what runs of one whose directory is gone, with all that stood there about it. */
    void abandon() {
        if (directory.exists()) {
            return; // Another server has made it anew.
        }
        Running process;
        synchronized (this) {
            process = running;
            stopping = true;
        }
        LOG.warnf("the directory of the unit %s is gone: what runs of it is ended", id());
        if (process != null) {
            process.killSupervisor();
        }
        clear(machine.groups().group(id()));
        synchronized (this) {
            running = null;
            ready = false;
        }
    }

    /** Finds again what a server before started, or notices how it ended meanwhile. */
    synchronized void adopt() {
        Optional<Running> left = directory.running();
        if (left.filter(Running::alive).isPresent()) {
            running = left.get();
            memoryKills = group().memoryKills();
            limitCpu();
        } else if (left.filter(Running::ofThisBoot).isPresent()) {
            ended();
        }
    }

    private ControlGroup group() {
        return ControlGroup.recordedIn(directory.path());
    }

    long epoch() {
        return stored.epoch();
    }

    /** Looks without doing anything: another server watches. */
    synchronized void glance(Duration aliveAgainAfter) {
        watched = false;
        if (running == null && System.nanoTime() - soughtAt >= LOOK_AGAIN_AFTER.toNanos()) {
            soughtAt = System.nanoTime();
            directory.running().filter(Running::alive).ifPresent(this::found);
        } else if (!ready || System.nanoTime() - lookedAt >= LOOK_AGAIN_AFTER.toNanos()) {
            noteEnd();
        } else {
            noteEndOnly(aliveAgainAfter);
        }
    }

    private void found(Running other) {
        running = other;
        ready = false;
        reason = "";
        since = System.nanoTime();
        history = directory.history();
    }

    /** Whether another server began to end it. */
    synchronized void noteStopping() {
        stopping = stopping || directory.stopping();
    }

    /** When its end was begun; long ago when that cannot be told. */
    Instant stoppingSince() {
        return directory.stoppingSince();
    }

    /**
     * Looks once: starts what should run, notes what ended.
     *
     * @param aliveAgainAfter how long after the last time to look whether its process lives
     */
    synchronized void look(Duration aliveAgainAfter) {
        if (running != null) {
            if (!ready || System.nanoTime() - lookedAt >= LOOK_AGAIN_AFTER.toNanos()) {
                noteEnd();
            } else {
                noteEndOnly(aliveAgainAfter);
            }
            return;
        }
        if (!stopping && System.nanoTime() - retryAt >= 0) {
            noteStopping();
            Optional<Running> last = directory.running();
            if (last.filter(Running::alive).isPresent()) {
                found(last.get());
            } else if (!stopping && directory.exists()) {
                start(last.isPresent());
            }
        }
    }

    /** Requests go there until this is noticed. */
    private void noteEndOnly(Duration aliveAgainAfter) {
        if (running != null && System.nanoTime() - foundAliveAt >= aliveAgainAfter.toNanos()) {
            foundAliveAt = System.nanoTime();
            if (!running.alive()) {
                ended();
            }
        }
    }

    /** Whether its process ended and it does not serve again yet. */
    synchronized boolean absent() {
        return absent && !stopping;
    }

    private void noteEnd() {
        lookedAt = System.nanoTime();
        if (running == null) {
            return;
        }
        if (!running.alive()) {
            ended();
            return;
        }
        ControlGroup group = group();
        sample = sample.next(group);
        if (boosted && boostedLongEnough()) {
            limitCpu();
        }
        if (group.memoryKills() > memoryKills) {
            // It lives on without one of its processes; whoever wonders finds it in its log.
            memoryKills = group.memoryKills();
            memoryKilledAt = System.nanoTime();
            print(limits.outOfMemory());
        }
    }

    private boolean boostedLongEnough() {
        long now = System.nanoTime();
        return now - since >= LONGEST_BOOST.toNanos()
                || (ready && now - readySince >= BOOST_OF_FIRST_ANSWERS.toNanos());
    }

    /** From now on it gets what its plan says, no more. */
    private void limitCpu() {
        boosted = false;
        try {
            machine.groups().limitCpu(id(), limits);
        } catch (IOException e) {
            LOG.warnf(e, "the processor time of the unit %s cannot be limited", id());
        }
    }

    /** Small plans would start for minutes: until it has served a moment, a unit may use a core, but only for a while. */
    private Limits startingLimits() {
        boosted = limits.cpuMilli() > 0 && limits.cpuMilli() < BOOST_MILLI;
        return boosted ? limits.withCpuMilli(BOOST_MILLI) : limits;
    }

    /** Into the unit's own output: it is then in the app's log and among the unit's last lines. */
    private void print(String line) {
        try {
            log.append("orizuru: " + line);
        } catch (IOException e) {
            LOG.warnf(e, "\"%s\" cannot be added to the log of the unit %s", line, id());
        }
    }

    /**
     * Starts it, unless another server of the directory is faster.
     *
     * @param again whether it ran before; not looked up here, where it may be that other server's start that is found
     */
    private void start(boolean again) {
        UnitSpec spec = stored.spec();
        Confined confined =
                new Confined(spec.id(), spec.user(), tree, directory.script(), directory.path(), null, Map.of());
        String refusal = machine.refusal();
        if (refusal != null) {
            backOff("cannot be started: " + refusal);
            return;
        }
        try {
            Process process = machine.start(
                    directory.path(),
                    confined,
                    id(),
                    startingLimits(),
                    directory.log().toFile());
            // Another supervisor may hold the directory already; then this one went away and look() finds the other.
            running = Running.of(process.pid()).orElse(new Running(process.pid(), 0, ""));
            since = System.nanoTime();
            ready = false;
            reason = "";
            memoryKills = group().memoryKills();
            sample = Sample.NONE;
            if (again) {
                remember(new History(history.restarts() + 1, history.lastExit()));
            }
        } catch (IOException e) {
            LOG.warnf(e, "the unit %s cannot be started", id());
            backOff("cannot be started: " + e.getMessage());
        }
    }

    private void ended() {
        Optional<Running> other = directory.running().filter(Running::alive);
        if (other.isPresent()) {
            running = other.get();
            return;
        }
        Duration lived = Duration.ofNanos(System.nanoTime() - since);
        running = null;
        ready = false;
        absent = true;
        int code = directory.exit().orElse(Ending.KILLED);
        if (lived.compareTo(FORGIVEN_AFTER) >= 0) {
            failures = 0;
        }
        ControlGroup group = group();
        boolean untold = group.memoryKills() > memoryKills;
        boolean outOfMemory = untold || (code == Ending.KILLED && killedForMemoryJustNow());
        if (watched) {
            remember(new History(history.restarts(), code));
            if (untold) {
                print(limits.outOfMemory());
            }
            clear(group);
            finishLog();
        }
        if (!stopping) {
            backOff(outOfMemory ? limits.outOfMemory() : why(code));
        }
    }

    /** The kernel's kill may be seen, and told, a moment before the unit's end is. */
    private boolean killedForMemoryJustNow() {
        return memoryKills > 0 && System.nanoTime() - memoryKilledAt < SAME_END.toNanos();
    }

    /** Nothing that it left in the background outlives it. */
    private static void clear(ControlGroup group) {
        group.kill();
        group.remove();
    }

    private String why(int code) {
        List<String> hooks = stored.spec().hooks();
        return directory
                .failedHook()
                .filter(failed -> failed.number() < hooks.size())
                .map(failed -> "the hook \"" + hooks.get(failed.number()) + "\" " + Ending.describe(failed.code()))
                .orElseGet(() -> Ending.reason(code));
    }

    private void backOff(String why) {
        failures++;
        Duration pause = Duration.ofSeconds(1L << Math.min(failures - 1, 6));
        if (pause.compareTo(LONGEST_BACKOFF) > 0) {
            pause = LONGEST_BACKOFF;
        }
        reason = why;
        retryAt = System.nanoTime() + pause.toNanos();
    }

    private void remember(History now) {
        history = now;
        if (!directory.exists()) {
            return; // Another server ended it for good.
        }
        try {
            directory.write(now);
        } catch (IOException e) {
            LOG.warnf(e, "the history of the unit %s cannot be written", id());
        }
    }

    /** Whether it is time to find out if it serves. */
    synchronized boolean needsProbe() {
        return running != null && !ready && !stopping;
    }

    /** Finds out whether it serves: the web process by its port, others by having lived for a while. */
    void probe() {
        boolean serves = stored.spec().process().equals(WEB) ? accepts() : livedEnough();
        if (serves) {
            markReady();
        }
    }

    private synchronized void markReady() {
        if (!ready) {
            readySince = System.nanoTime();
        }
        ready = running != null;
        absent = absent && !ready;
    }

    private synchronized boolean livedEnough() {
        return System.nanoTime() - since >= LIVED_ENOUGH.toNanos();
    }

    private boolean accepts() {
        if (stored.passage()) {
            return listensInside();
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(stored.host()), port()), CONNECT_MILLIS);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Its way in takes connections before the unit does. */
    private boolean listensInside() {
        return running()
                .flatMap(process -> process.entrance(machine.sandbox().isolation()))
                .filter(entrance -> Passage.isOpen(Path.of("/proc", Long.toString(entrance.inside()), "net")))
                .isPresent();
    }

    /** From now on it is not started again. Durable, so that another server ends it if this one cannot. */
    synchronized boolean markStopping() throws IOException {
        if (stopping) {
            return false;
        }
        directory.markStopping();
        stopping = true;
        return true;
    }

    synchronized boolean stopping() {
        return stopping;
    }

    /**
     * Ends it: SIGTERM, and SIGKILL when it is still there after {@code limit}.
     *
     * @param abandoned when it comes true, the rest is left to the next server
     * @return whether it is gone; false when not even SIGKILL ended it, or when it was abandoned
     */
    boolean end(Duration limit, BooleanSupplier abandoned) throws InterruptedIOException {
        Running process = running().orElse(null);
        if (process != null && !terminate(process, limit, abandoned)) {
            if (abandoned.getAsBoolean()) {
                return false;
            }
            group().kill();
            process.kill();
            if (!Wait.until(KILL_LIMIT, () -> !process.alive())) {
                process.killSupervisor();
                Wait.until(KILL_LIMIT, () -> !process.alive());
            }
        }
        finishLog();
        if (running().isPresent()) {
            return false;
        }
        clear(group());
        return true;
    }

    private boolean terminate(Running process, Duration limit, BooleanSupplier abandoned)
            throws InterruptedIOException {
        Isolation isolation = machine.sandbox().isolation();
        AtomicBoolean asked = new AtomicBoolean();
        Wait.until(limit, () -> {
            // Just started, there may be none yet that could be asked.
            if (!asked.get()) {
                asked.set(process.terminate(isolation));
            }
            return !process.alive() || abandoned.getAsBoolean();
        });
        return !process.alive();
    }

    private synchronized Optional<Running> running() {
        noteEnd();
        if (running == null) {
            // The server that watches may have started it again since.
            directory.running().filter(Running::alive).ifPresent(this::found);
        }
        return Optional.ofNullable(running);
    }

    /** @param diskShort whether what waits to be read must take as little of the disk as it can */
    void followLog(boolean diskShort) {
        try {
            if (begunToWatch()) {
                log.catchUp();
            }
            log.bound(diskShort, lines);
            log.follow(lines);
        } catch (IOException e) {
            LOG.warnf(e, "the log of the unit %s cannot be read", id());
        }
    }

    private synchronized boolean begunToWatch() {
        boolean begun = !watched;
        watched = true;
        return begun;
    }

    private void finishLog() {
        try {
            log.catchUp();
            log.finish(lines);
        } catch (IOException e) {
            LOG.warnf(e, "the log of the unit %s cannot be read", id());
        }
    }

    List<String> lastOutput(int count) throws IOException {
        return log.last(count);
    }

    /** As {@link io.orizuru.provision.Engine#execute}; {@code limit} is how long the command may take. */
    int execute(String command, Duration limit, Output output, Checkpoint checkpoint) {
        Running process = running().filter(there -> !stopping()).orElseThrow(() -> Execution.notRunning(id()));
        Sandbox sandbox = machine.sandbox();
        String script = Scripts.execution(directory.variables(stored, sandbox, tree), sandbox.current(tree), command);
        return new Execution(machine, id(), process, stored.spec().user(), directory.path(), limits, limit)
                .run(script, output, checkpoint);
    }

    /** As {@link io.orizuru.provision.Engine#openShell}. */
    Shell openShell(ShellTerminal terminal) {
        Running process = running().filter(there -> !stopping()).orElseThrow(() -> Execution.notRunning(id()));
        Sandbox sandbox = machine.sandbox();
        String script =
                Scripts.shell(directory.variables(stored, sandbox, tree), sandbox.current(tree), terminal.type());
        return Session.open(machine, id(), process, stored.spec().user(), directory.path(), limits, script, terminal);
    }

    void removeDirectory(Trash trash) throws IOException {
        directory.remove(stored.spec().app(), trash);
    }

    /** What it uses now; nothing while it does not run or nobody counts. */
    synchronized Optional<UnitUsage> usage() {
        ControlGroup group = group();
        if (running == null || group.directories().isEmpty()) {
            return Optional.empty();
        }
        sample = sample.next(group);
        return Optional.of(new UnitUsage(id(), group.memory(), group.cpu(), sample.cpuMilli()));
    }

    synchronized ObservedUnit observed() {
        noteEnd();
        UnitSpec spec = stored.spec();
        return new ObservedUnit(
                spec.id(),
                spec.app(),
                spec.process(),
                spec.version(),
                spec.release(),
                stored.epoch(),
                status(),
                status() == Status.ERROR ? reason : "",
                stored.host(),
                port(),
                history.restarts(),
                stored.createdAt(),
                running != null,
                history.lastExit());
    }

    private Status status() {
        if (stopping) {
            return Status.STOPPING;
        }
        if (running == null && !reason.isEmpty()) {
            return Status.ERROR;
        }
        return ready ? Status.STARTED : Status.STARTING;
    }
}
