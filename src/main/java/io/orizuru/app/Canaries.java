package io.orizuru.app;

import io.orizuru.canary.CanaryPlan;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Accepts that a version gets an app's requests step by step. What that then does is {@link CanaryHandler}'s. */
@ApplicationScoped
class Canaries {
    /** Each occupies one of the places for operations under way for as long as it takes; most must be left to others. */
    private static final int MOST = 32;

    private final Apps apps;
    private final Releases releases;
    private final Versions versions;
    private final Events events;

    Canaries(Apps apps, Releases releases, Versions versions, Events events) {
        this.apps = apps;
        this.releases = releases;
        this.versions = versions;
        this.events = events;
    }

    /**
     * Begins; answers the event's id.
     *
     * @throws Failure when the version cannot be tried: it does not run, gets requests already, nothing else does, or there is
     *     no room for its units
     */
    String begin(Call call, App app, CanaryPlan plan, Conditions conditions) {
        if (events.underWay(Canarying.class).size() >= MOST) {
            throw Failure.unavailable(MOST + " apps try a version at this moment, and no more can: try again later");
        }
        Data data = Data.of("version", plan.version())
                .with("steps", plan.steps())
                .with("interval", plan.interval())
                .with("errorFactor", plan.errorFactor())
                .with("latencyFactor", plan.latencyFactor())
                .with("minimumRequests", plan.minimumRequests())
                .with("patience", plan.patience());
        return events.accept(call, app.subject(), data, event -> {
            // Read again: it may have changed before the lock was ours.
            App locked = apps.find(app.name());
            Release current = releases.desired(locked);
            conditions.check(current);
            Canarying canary = checked(locked, current, plan);
            return new Accepted(
                    canary,
                    List.of("---- Version " + plan.version() + " of " + app.name() + " is to get all requests, in "
                            + plan.steps().size() + " step" + (plan.steps().size() == 1 ? "" : "s") + " ----\n"));
        });
    }

    /**
     * What its first step would change.
     *
     * @throws Failure as {@link #begin}
     */
    Object preview(App app, CanaryPlan plan, Conditions conditions) {
        Release current = releases.desired(app);
        conditions.check(current);
        Placement first =
                checked(app, current, plan).at(current.placement(), plan.steps().getFirst());
        return releases.preview(current, current.with(first));
    }

    private Canarying checked(App app, Release current, CanaryPlan plan) {
        Placement placement = current.placement();
        int version = plan.version();
        Placement.Running fresh = placement
                .version(version)
                .orElseThrow(() -> Failure.invalid(
                        "version not found: " + version + " does not run; deploy it with new-version=true"));
        String process = versions.require(app.name(), version).mainProcess();
        Placement.Scale scale = fresh.processes().get(process);
        if (scale == null || scale.units() == 0) {
            throw Failure.invalid("version " + version + " has no unit of the process \"" + process + "\"");
        }
        Integer weight = fresh.weight();
        if (fresh.routable() && (weight == null || weight > 0)) {
            throw Failure.invalid(
                    "version " + version + " gets requests already: make it not routable, or let its weight be 0");
        }
        if (CanaryPlacement.units(placement, version, process) == 0) {
            throw Failure.invalid("no other version has units of the process \"" + process
                    + "\" that get requests, so there is nothing to compare with");
        }
        Canarying canary = new Canarying(app.name(), plan, process, current.number());
        for (int step : plan.steps()) {
            UnitQuotas.requireRoom(app.quotaLimit(), placement, canary.at(placement, step));
        }
        return canary;
    }
}
