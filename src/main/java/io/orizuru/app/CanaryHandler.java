package io.orizuru.app;

import io.orizuru.canary.CanaryPlan;
import io.orizuru.canary.Sample;
import io.orizuru.canary.Tally;
import io.orizuru.canary.Verdict;
import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets a version get more and more requests, as long as it does as well as those before it. Each step is a release; how far it
 * came is what is desired, so that whoever takes over goes on from there, and measures the step anew that was cut off.
 */
@ApplicationScoped
class CanaryHandler implements ChangeHandler<Canarying> {
    private static final Duration LOOK = Duration.ofMillis(500);

    private final Apps apps;
    private final Releases releases;
    private final Rollout rollout;
    private final Units units;
    private final TrafficStore traffic;

    CanaryHandler(Apps apps, Releases releases, Rollout rollout, Units units, TrafficStore traffic) {
        this.apps = apps;
        this.releases = releases;
        this.rollout = rollout;
        this.units = units;
        this.traffic = traffic;
    }

    @Override
    public String kind() {
        return "app.canary";
    }

    @Override
    public Class<Canarying> type() {
        return Canarying.class;
    }

    /** What the plan's steps may take in the worst case, besides what a rollout may. */
    @Override
    public Duration longest(Canarying change, Duration usual) {
        CanaryPlan plan = change.plan();
        return usual.multipliedBy(plan.steps().size())
                .plusSeconds((long) plan.steps().size() * (plan.interval() + plan.patience()));
    }

    @Override
    public void run(Canarying change, Run run) {
        App app = apps.find(change.app());
        CanaryPlan plan = change.plan();
        Placement start = releases.get(app.name(), change.before()).placement();
        List<Integer> steps = plan.steps();
        int reached = reached(change, run, start);
        for (int step = reached; step < steps.size(); step++) {
            int percent = steps.get(step);
            int release = propose(run, app, change.at(start, percent));
            AppFailPoints.CANARY_STEP_DESIRED.hit(app.name());
            String which = "Step " + (step + 1) + " of " + steps.size() + ": version " + plan.version() + " gets "
                    + percent + " % of the requests";
            run.line("\n---- " + which + " ----");
            rollout.forward(run, app, release);
            AppFailPoints.CANARY_STEP_MADE.hit(app.name());
            if (percent < Weights.ALL) {
                run.cancellableAgain();
                measure(change, run, percent);
                AppFailPoints.CANARY_STEP_MEASURED.hit(app.name());
            }
        }
        run.atEnd(() -> {
            releases.ofEvent(app.name(), run.event())
                    .forEach(number -> releases.confirm(releases.get(app.name(), number)));
            traffic.forget(app.name());
        });
        run.endData(Map.of("version", plan.version()));
        run.line("\n---- Version " + plan.version()
                + " gets all requests; the versions before it have no units any more,"
                + " and can be rolled back to ----");
    }

    /** The step that is on record as desired already, as an attempt that was cut off left it; the first one else. */
    private int reached(Canarying change, Run run, Placement start) {
        Release current = releases.desired(apps.find(change.app()));
        List<Integer> steps = change.plan().steps();
        for (int step = 0; step < steps.size() && current.event().equals(run.event()); step++) {
            if (change.at(start, steps.get(step)).equals(current.placement())) {
                return step;
            }
        }
        return 0;
    }

    private int propose(Run run, App app, Placement wanted) {
        return run.transaction(() -> {
            Release current = releases.desired(apps.find(app.name()));
            return current.event().equals(run.event()) && current.placement().equals(wanted)
                    ? current.number()
                    : releases.propose(current.with(wanted), run.event()).number();
        });
    }

    /**
     * Returns when the step went well.
     *
     * @throws Failure with figures and rule when it did not
     */
    private void measure(Canarying change, Run run, int percent) {
        CanaryPlan plan = change.plan();
        Map<String, Integer> versionOf = new HashMap<>();
        for (UnitRecord unit : units.onRecord(change.app())) {
            if (unit.routed()) {
                versionOf.put(unit.id(), unit.version());
            }
        }
        long begun = System.nanoTime();
        Tally tally = new Tally();
        boolean waits = false;
        while (true) {
            run.check();
            traffic.of(change.app()).forEach(tally::see);
            Sample fresh = tally.of(unit -> versionOf.getOrDefault(unit, 0) == plan.version());
            Sample old = tally.of(unit -> versionOf.containsKey(unit) && versionOf.get(unit) != plan.version());
            Duration elapsed = Duration.ofNanos(System.nanoTime() - begun);
            switch (plan.judge(old, fresh, elapsed)) {
                case Verdict.Good() -> {
                    run.line(" ---> Good. Version " + plan.version() + ": " + fresh + ". The old one: " + old);
                    return;
                }
                case Verdict.Worse(String why) -> throw Failure.upstream("withdrawn at " + percent + " %: " + why);
                case Verdict.Undecided() -> {
                    if (!waits && elapsed.toSeconds() >= plan.interval()) {
                        waits = true;
                        run.line(" ---> Waits for more requests, " + plan.patience() + " s at most: version "
                                + plan.version() + " got " + fresh.requests() + ", the old one " + old.requests()
                                + ", both need " + plan.minimumRequests());
                    }
                }
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    @Override
    public void withdraw(Canarying change, Run run, String why) {
        App app = apps.find(change.app());
        List<Integer> made = releases.ofEvent(app.name(), run.event());
        if (!made.isEmpty()) {
            run.line("\n---- Version " + change.plan().version() + " gets no requests any more: " + why + " ----");
            run.transact(() -> made.forEach(number -> releases.withdraw(app.name(), number, change.before(), why)));
            rollout.back(run, app, made.getLast(), change.before(), why);
        }
        run.transact(() -> traffic.forget(app.name()));
    }
}
