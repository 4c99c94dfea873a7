package io.orizuru.provision;

import io.orizuru.event.Run;
import io.orizuru.event.ServerIdentity;
import io.orizuru.failure.Failure;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Router;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Makes an app's units and routes match what should be. Level-triggered: it looks at what is on record and what is, takes
 * the next step, and may be begun anew at any point by whoever takes over. New units are healthy before any route moves;
 * old ones go only after.
 */
@ApplicationScoped
public class Reconciler {
    private static final Logger LOG = Logger.getLogger(Reconciler.class);

    /** How long a unit without a health check of its own may take to start. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    /** How long requests under way at a unit that goes away are waited for. */
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(15);

    /** The routers of other servers look at the records each second. */
    private static final Duration OTHER_ROUTERS = Duration.ofMillis(2500);

    private static final Duration LOOK = Duration.ofMillis(50);
    /** Enough for the trace of an error and what a runtime says after it. */
    private static final int LAST_LINES = 30;

    /** The generation of units that are made for one command. */
    private static final int ASIDE = -1;

    /** The generation of units that are to be replaced; no release has it. */
    private static final int RETIRED = 0;

    private static final String ASIDE_PROCESS = "run";
    /** Until a command runs in it, and it is ended. */
    private static final String WAITS = "exec sleep infinity";

    private final UnitStore store;
    private final Engines engines;
    private final Routers routers;
    private final RouterAddresses addresses;
    private final SecureRandom random;
    private final ServerIdentity server;
    private final HealthProbe probe = new HealthProbe();

    Reconciler(
            UnitStore store,
            Engines engines,
            Routers routers,
            RouterAddresses addresses,
            SecureRandom random,
            ServerIdentity server) {
        this.store = store;
        this.engines = engines;
        this.routers = routers;
        this.addresses = addresses;
        this.random = random;
        this.server = server;
    }

    /**
     * Makes it so.
     *
     * @throws Failure when new units do not become healthy; then they are still there, and nothing of what served before
     *     has changed: {@link #converge} with what was desired before takes them away
     */
    public void converge(Run run, Desired desired, Specs specs) {
        List<UnitRecord> records = forgetVanished(run, desired.app());
        UnitPlan plan = UnitPlan.of(desired, records);
        if (plan.changesNothing() && records.isEmpty()) {
            route(run, desired, List.of());
            engines.find(desired.provisioner())
                    .filter(engine -> !engine.observe(desired.app()).isEmpty())
                    .ifPresent(engine -> engine.apply(desired.app(), run.epoch(), List.of()));
            leaveOtherEngines(run, desired);
            return;
        }
        List<UnitRecord> wanted = recordMissing(run, desired, plan);
        ConvergeFailPoints.BEFORE_START.hit(desired.app());
        start(run, desired, wanted, plan.surplus(), specs);
        ConvergeFailPoints.AFTER_START.hit(desired.app());
        awaitHealth(run, desired, wanted);
        ConvergeFailPoints.AFTER_HEALTHY.hit(desired.app());
        run.beyondCancelling();
        Set<Backend> leaving = route(run, desired, wanted);
        ConvergeFailPoints.AFTER_ROUTES.hit(desired.app());
        drain(run, leaving);
        ConvergeFailPoints.AFTER_DRAIN.hit(desired.app());
        stop(run, desired, wanted, plan.surplus(), specs);
        ConvergeFailPoints.AFTER_STOP.hit(desired.app());
        leaveOtherEngines(run, desired);
    }

    /** An app is at one engine: where it was before its pool changed, nothing of it stays. Waits until its units are gone. */
    private void leaveOtherEngines(Run run, Desired desired) {
        for (Engine engine : engines.all()) {
            if (!engine.name().equals(desired.provisioner()) && engine.apps().contains(desired.app())) {
                run.check();
                engine.removeApp(desired.app(), run.epoch());
                run.line(" ---> Nothing of the app is left at the engine " + engine.name());
            }
        }
    }

    /**
     * Units on record that their engine knows nothing of are on record no more; others take their place. Never under the same
     * ids: a server that still ends the former ones must not take the new ones for them.
     */
    private List<UnitRecord> forgetVanished(Run run, String app) {
        List<UnitRecord> records = store.of(app);
        List<String> vanished = vanished(records).stream().map(UnitRecord::id).toList();
        if (vanished.isEmpty()) {
            return records;
        }
        run.transact(() -> store.delete(vanished));
        run.line(" ---> Gone from where they ran: " + String.join(", ", vanished));
        return store.of(app);
    }

    private List<UnitRecord> vanished(List<UnitRecord> records) {
        List<UnitRecord> vanished = new ArrayList<>();
        for (UnitRecord unit : records) {
            boolean known = engines.find(unit.provisioner()).stream()
                    .flatMap(engine -> engine.observe(unit.app()).stream())
                    .anyMatch(observed ->
                            observed.id().equals(unit.id()) && observed.status() != ObservedUnit.Status.STOPPING);
            if (unit.healthy() && !known && engines.find(unit.provisioner()).isPresent()) {
                vanished.add(unit);
            }
        }
        return vanished;
    }

    /** The apps that have units on record of which their engine knows nothing. */
    public List<String> appsWithVanishedUnits() {
        Map<String, List<UnitRecord>> byApp =
                store.here().stream().collect(Collectors.groupingBy(UnitRecord::app, Collectors.toList()));
        List<String> found = new ArrayList<>();
        byApp.forEach((app, units) -> {
            try {
                if (!vanished(units).isEmpty()) {
                    found.add(app);
                }
            } catch (RuntimeException | Error e) {
                // One app's trouble is not that of the others.
                LOG.errorf(e, "whether the units of %s are there cannot be seen", app);
            }
        });
        return found;
    }

    /**
     * Units that run and are not on record, as the late effect of a server that was overtaken leaves them; each with its
     * app before it. Only what is seen twice, some time apart, is one: records are written before units are started.
     */
    public Map<String, String> strayUnits() {
        Map<String, String> strays = new LinkedHashMap<>();
        for (Engine engine : engines.all()) {
            for (String app : engine.apps()) {
                try {
                    engine.observe(app).stream()
                            .filter(unit -> unit.status() != ObservedUnit.Status.STOPPING)
                            .forEach(unit -> strays.put(unit.id(), app));
                } catch (RuntimeException | Error e) {
                    LOG.errorf(e, "which units of %s run cannot be seen", app);
                }
            }
        }
        if (!strays.isEmpty()) {
            store.here().forEach(unit -> strays.remove(unit.id()));
        }
        return strays;
    }

    private List<UnitRecord> recordMissing(Run run, Desired desired, UnitPlan plan) {
        if (plan.missing().isEmpty()) {
            return plan.keep();
        }
        List<UnitRecord> added = plan.missing().stream()
                .map(process -> newUnit(run, desired, process))
                .toList();
        ConvergeFailPoints.BEFORE_RECORD.hit(desired.app());
        run.transact(() -> added.forEach(store::insert));
        Map<String, Long> counts = new LinkedHashMap<>();
        added.forEach(unit -> counts.merge(unit.process(), 1L, Long::sum));
        run.line("\n---- Starting " + units(added.size()) + " "
                + counts.entrySet().stream()
                        .map(count -> "[" + count.getKey() + ": " + count.getValue() + "]")
                        .collect(Collectors.joining(" "))
                + " ----");
        List<UnitRecord> wanted = new ArrayList<>(plan.keep());
        wanted.addAll(added);
        return wanted;
    }

    private static String units(int count) {
        return count + " new unit" + (count == 1 ? "" : "s");
    }

    private UnitRecord newUnit(Run run, Desired desired, Desired.DesiredProcess process) {
        byte[] tail = new byte[4];
        random.nextBytes(tail);
        return new UnitRecord(
                desired.app() + "-" + process.process() + "-" + HexFormat.of().formatHex(tail),
                desired.app(),
                process.process(),
                process.version(),
                desired.release(),
                process.generation(),
                run.epoch(),
                desired.provisioner(),
                null,
                null,
                false,
                false,
                false,
                null);
    }

    /** Starts what is missing and leaves what is there alone, whichever engine has it. */
    private void start(Run run, Desired desired, List<UnitRecord> wanted, List<UnitRecord> surplus, Specs specs) {
        run.check();
        applyTo(run, desired, wanted, surplus, specs);
    }

    private void stop(Run run, Desired desired, List<UnitRecord> wanted, List<UnitRecord> surplus, Specs specs) {
        if (surplus.isEmpty()) {
            return;
        }
        run.check();
        Set<String> provisioners = surplus.stream().map(UnitRecord::provisioner).collect(Collectors.toSet());
        applyTo(run, desired, wanted, List.of(), provisioners, specs);
        ConvergeFailPoints.IN_STOP.hit(desired.app());
        run.transact(() -> store.delete(surplus.stream().map(UnitRecord::id).toList()));
        // Those that failed to become healthy were never the ones that served.
        String old = surplus.stream().allMatch(UnitRecord::healthy) ? "old " : "";
        run.line(" ---> Stopped " + surplus.size() + " " + old + "unit" + (surplus.size() == 1 ? "" : "s"));
    }

    private void applyTo(Run run, Desired desired, List<UnitRecord> wanted, List<UnitRecord> left, Specs specs) {
        Set<String> provisioners = left.stream().map(UnitRecord::provisioner).collect(Collectors.toSet());
        applyTo(run, desired, wanted, left, provisioners, specs);
    }

    /**
     * Tells each engine that has, or should have, any of the units which of {@code wanted} should be there.
     *
     * @param left those that are to go, later
     * @param others the engines of units that are not wanted
     */
    private void applyTo(
            Run run, Desired desired, List<UnitRecord> wanted, List<UnitRecord> left, Set<String> others, Specs specs) {
        Set<String> ids = left.stream().map(UnitRecord::id).collect(Collectors.toSet());
        Set<String> provisioners = new HashSet<>(others);
        wanted.forEach(unit -> provisioners.add(unit.provisioner()));
        provisioners.add(desired.provisioner());
        for (String provisioner : provisioners) {
            List<UnitSpec> there = wanted.stream()
                    .filter(unit -> unit.provisioner().equals(provisioner))
                    .map(specs::of)
                    .toList();
            if (there.isEmpty() && engines.find(provisioner).isEmpty()) {
                continue;
            }
            engines.require(provisioner).apply(desired.app(), run.epoch(), there, ids);
        }
    }

    private void awaitHealth(Run run, Desired desired, List<UnitRecord> wanted) {
        List<UnitRecord> waiting =
                new ArrayList<>(wanted.stream().filter(unit -> !unit.healthy()).toList());
        if (waiting.isEmpty()) {
            return;
        }
        run.line("\n---- Checking " + units(waiting.size()) + " ----");
        Engine engine = engines.require(desired.provisioner());
        Map<String, Trial> trials = new LinkedHashMap<>();
        waiting.forEach(unit ->
                trials.put(unit.id(), new Trial(unit, desired.processOf(unit).orElseThrow())));
        while (!trials.isEmpty()) {
            run.check();
            Map<String, ObservedUnit> observed = engine.observe(desired.app()).stream()
                    .collect(Collectors.toMap(ObservedUnit::id, unit -> unit, (a, b) -> a));
            trials.values().removeIf(trial -> settle(run, engine, trial, observed.get(trial.unit.id())));
            pause(LOOK);
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    /** One new unit on its way to being healthy. */
    private static final class Trial {
        private final UnitRecord unit;
        private final Desired.DesiredProcess process;
        private final long startedAt = System.nanoTime();
        private long nextTry = startedAt;
        private int badAnswers;
        private String problem = "";
        private String told = "";

        private Trial(UnitRecord unit, Desired.DesiredProcess process) {
            this.unit = unit;
            this.process = process;
        }

        private AppManifest.@Nullable HealthCheck check() {
            return process.process().equals("web") ? process.manifest().healthCheck() : null;
        }

        private Duration limit() {
            AppManifest.HealthCheck check = check();
            return check == null ? START_LIMIT : check.deployTimeout();
        }

        /** What is left until it is overdue; a moment at least. */
        private Duration left() {
            Duration left = limit().minusNanos(System.nanoTime() - startedAt);
            return left.compareTo(LOOK) > 0 ? left : LOOK;
        }

        private boolean overdue() {
            return System.nanoTime() - startedAt > limit().toNanos();
        }
    }

    /** Whether the unit is healthy now, its hooks included; throws when it will not be. */
    private boolean settle(Run run, Engine engine, Trial trial, @Nullable ObservedUnit observed) {
        if (observed != null && ended(observed)) {
            throw unhealthy(run, engine, trial, observed.reason().isEmpty() ? "it ended" : observed.reason());
        }
        if (observed != null && observed.status() == ObservedUnit.Status.STARTED && healthy(run, trial, observed)) {
            RestartHooks.after(run, engine, trial.unit, trial.process.manifest())
                    .ifPresent(problem -> {
                        throw unhealthy(run, engine, trial, problem);
                    });
            ConvergeFailPoints.BEFORE_HEALTHY.hit(run.target());
            run.transact(() -> store.markHealthy(trial.unit.id(), observed.host(), observed.port()));
            run.line(" ---> Unit " + trial.unit.id() + " [" + trial.unit.process() + "] is healthy");
            return true;
        }
        if (trial.overdue()) {
            String problem = trial.problem.isEmpty() ? notStarted(observed) : trial.problem;
            throw unhealthy(
                    run, engine, trial, problem + " (after " + trial.limit().toSeconds() + " s)");
        }
        return false;
    }

    private static String notStarted(@Nullable ObservedUnit observed) {
        return observed == null
                ? "it is not there"
                : "it does not listen on " + observed.host() + ":" + observed.port() + ", the port that PORT names";
    }

    /** A new unit that ended by itself is not given a second chance: its next run would be of the same code. */
    private static boolean ended(ObservedUnit observed) {
        return observed.status() == ObservedUnit.Status.ERROR || observed.restarts() > 0;
    }

    private boolean healthy(Run run, Trial trial, ObservedUnit observed) {
        AppManifest.HealthCheck check = trial.check();
        if (check == null) {
            return true;
        }
        if (System.nanoTime() < trial.nextTry) {
            return false;
        }
        try {
            HealthProbe.Verdict verdict =
                    probe.ask(run.team(), check, observed.host(), observed.port(), trial.left(), run::check);
            if (verdict.healthy()) {
                if (!verdict.problem().isEmpty()) {
                    run.line(" ---> " + verdict.problem());
                }
                return true;
            }
            trial.problem = "health check " + check.path() + ": " + verdict.problem();
            trial.badAnswers += verdict.answered() ? 1 : 0;
            // The first tries follow quickly: most units need only a moment.
            Duration wait = trial.badAnswers > 0 ? check.interval() : Duration.ofMillis(200);
            trial.nextTry = System.nanoTime() + wait.toNanos();
            tell(run, trial, verdict);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    /** A wrong answer is told at once, so that nobody waits in the dark; no answer yet is how every start begins. */
    private static void tell(Run run, Trial trial, HealthProbe.Verdict verdict) {
        if (!verdict.answered() || trial.problem.equals(trial.told)) {
            return;
        }
        trial.told = trial.problem;
        run.line(" ---> Unit " + trial.unit.id() + " [" + trial.unit.process() + "] is not healthy yet: "
                + trial.problem + "; it has " + trial.limit().toSeconds() + " s");
    }

    private static Failure unhealthy(Run run, Engine engine, Trial trial, String why) {
        String unit = "unit " + trial.unit.id() + " [" + trial.unit.process() + "]";
        run.line(" ---> " + unit + " is not healthy: " + why);
        List<String> lines = engine.lastOutput(trial.unit.app(), trial.unit.id(), LAST_LINES);
        if (!lines.isEmpty()) {
            run.line(" ---> Its last lines:");
            lines.forEach(line -> run.log("    " + line + "\n"));
        }
        return Failure.upstream(unit + " did not become healthy: " + why);
    }

    /** Sends requests to the wanted units; answers the backends that get none any more. */
    private Set<Backend> route(Run run, Desired desired, Collection<UnitRecord> wanted) {
        List<UnitRecord> before = store.of(desired.app());
        Set<String> ids = wanted.stream()
                .filter(unit -> desired.processOf(unit).orElseThrow().routed())
                .map(UnitRecord::id)
                .collect(Collectors.toSet());
        Set<String> addressed = wanted.stream().map(UnitRecord::id).collect(Collectors.toSet());
        long epoch = run.transaction(() -> store.route(desired.app(), ids, addressed, desired.exposure(), run.epoch()));
        ConvergeFailPoints.AFTER_ROUTES_RECORDED.hit(desired.app());
        List<UnitRecord> after = before.stream()
                .map(unit -> unit.routed(ids.contains(unit.id()), addressed.contains(unit.id())))
                .toList();
        for (Map.Entry<String, Set<String>> names : desired.hosts().entrySet()) {
            String router = names.getKey();
            routers.require(router)
                    .apply(desired.exposure()
                            .routes(
                                    desired.app(),
                                    epoch,
                                    names.getValue(),
                                    after,
                                    desired.weights(),
                                    name -> addresses.host(router, name)));
        }
        routers.applied(desired.app(), epoch);
        tellRoutes(run, desired, before, ids);
        Set<Backend> leaving = new HashSet<>();
        before.stream()
                .filter(unit -> (unit.routed() && !ids.contains(unit.id()))
                        || (unit.addressed() && !addressed.contains(unit.id())))
                .forEach(unit -> RouteRecords.backend(unit).ifPresent(leaving::add));
        return leaving;
    }

    private static void tellRoutes(Run run, Desired desired, List<UnitRecord> before, Set<String> now) {
        Set<String> then =
                before.stream().filter(UnitRecord::routed).map(UnitRecord::id).collect(Collectors.toSet());
        AppRoutes.Asleep asleep = desired.exposure().asleep();
        if (asleep != null && now.isEmpty()) {
            String whoAnswers = asleep.proxy().isEmpty()
                    ? "a request waits until the app is awake"
                    : "requests go to the proxy" + (asleep.wakes() ? ", and wake the app" : "");
            run.line("\n---- Asleep: " + whoAnswers + " ----");
        } else if (!then.equals(now)) {
            run.line("\n---- Requests go to " + now.size() + " unit" + (now.size() == 1 ? "" : "s") + " ----");
        }
    }

    private void drain(Run run, Set<Backend> leaving) {
        if (leaving.isEmpty()) {
            return;
        }
        if (!server.alone()) {
            pause(OTHER_ROUTERS);
        }
        for (Router router : routers.all()) {
            if (!router.awaitIdle(leaving, DRAIN_LIMIT)) {
                run.line(" ---> Some requests at old units took longer than " + DRAIN_LIMIT.toSeconds()
                        + " s and are cut off");
            }
        }
    }

    /**
     * Runs a command in a unit made for it alone, which is gone afterwards.
     *
     * @param version whose files it sees
     * @param output gets what the command prints
     * @return its exit code
     * @throws Failure when the unit does not start
     * @throws ExecutionFailed when the command takes too long, or the unit ends before it
     */
    public int runAside(Run run, Desired desired, Specs specs, int version, String command, Output output) {
        List<UnitRecord> others = store.of(desired.app()).stream()
                .filter(unit -> unit.generation() != ASIDE)
                .toList();
        UnitRecord aside = newUnit(
                run, desired, new Desired.DesiredProcess(ASIDE_PROCESS, version, ASIDE, 1, false, AppManifest.EMPTY));
        run.transact(() -> store.insert(aside));
        List<UnitRecord> all = new ArrayList<>(others);
        all.add(aside);
        Specs waiting = unit -> unit.id().equals(aside.id()) ? specs.of(unit).with(WAITS) : specs.of(unit);
        try {
            applyTo(run, desired, all, List.of(), waiting);
            Engine engine = engines.require(desired.provisioner());
            awaitRunning(run, engine, aside);
            return engine.execute(desired.app(), aside.id(), command, output, run::check);
        } finally {
            applyTo(run, desired, others, List.of(), specs);
            run.transact(() -> store.delete(List.of(aside.id())));
        }
    }

    private static void awaitRunning(Run run, Engine engine, UnitRecord unit) {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            run.check();
            Optional<ObservedUnit> observed = engine.observe(unit.app()).stream()
                    .filter(seen -> seen.id().equals(unit.id()))
                    .findFirst();
            if (observed.filter(seen -> seen.status() == ObservedUnit.Status.STARTED)
                    .isPresent()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                String why = observed.map(ObservedUnit::reason).orElse("");
                throw Failure.upstream("the unit for the command did not start within " + START_LIMIT.toSeconds() + " s"
                        + (why.isEmpty() ? "" : ": " + why));
            }
            pause(LOOK);
        }
    }

    /** Lets a unit be replaced by the next convergence, as if nobody had asked for it. Idempotent. */
    public void retire(Run run, String unit) {
        run.transact(() -> store.regenerate(unit, RETIRED));
    }

    /** Takes {@link #retire} back. */
    public void reinstate(Run run, String unit, int generation) {
        run.transact(() -> store.regenerate(unit, generation));
    }

    /**
     * Ends a unit at once: requests under way at it are cut off, and nothing takes its place before the next convergence.
     * Idempotent.
     */
    public void end(Run run, Desired desired, Specs specs, String unit) {
        List<UnitRecord> records = store.of(desired.app());
        List<UnitRecord> others =
                records.stream().filter(other -> !other.id().equals(unit)).toList();
        if (others.size() == records.size()) {
            return;
        }
        run.check();
        run.beyondCancelling();
        route(
                run,
                desired,
                others.stream()
                        .filter(other ->
                                other.healthy() && desired.processOf(other).isPresent())
                        .toList());
        Set<String> provisioners = records.stream().map(UnitRecord::provisioner).collect(Collectors.toSet());
        applyTo(run, desired, others, List.of(), provisioners, specs);
        run.transact(() -> store.delete(List.of(unit)));
        run.line(" ---> Ended the unit " + unit);
    }

    /** Takes away all that an app has in the world: routes first, then units and what else the engine holds. */
    public void remove(Run run, Desired nothing, Collection<String> provisioners) {
        long epoch = run.transaction(() -> store.route(nothing.app(), Set.of(), Set.of(), Exposure.NONE, run.epoch()));
        ConvergeFailPoints.REMOVING_ROUTES.hit(nothing.app());
        for (String router : nothing.hosts().keySet()) {
            routers.find(router)
                    .ifPresent(found -> found.apply(new AppRoutes(nothing.app(), epoch, Set.of(), List.of())));
        }
        ConvergeFailPoints.REMOVING_UNITS.hit(nothing.app());
        for (String provisioner : provisioners) {
            engines.find(provisioner).ifPresent(engine -> engine.removeApp(nothing.app(), run.epoch()));
        }
        ConvergeFailPoints.REMOVING_RECORDS.hit(nothing.app());
        run.transact(() -> store.delete(
                store.of(nothing.app()).stream().map(UnitRecord::id).toList()));
    }
}
