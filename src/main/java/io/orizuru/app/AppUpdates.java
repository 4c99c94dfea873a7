package io.orizuru.app;

import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.plan.Plan;
import io.orizuru.plan.PlanOverride;
import io.orizuru.plan.Plans;
import io.orizuru.pool.Pool;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Engine;
import io.orizuru.provision.Engines;
import io.orizuru.quota.Quotas;
import io.orizuru.team.Teams;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Changes of what an app is: each field has a permission of its own. */
@ApplicationScoped
class AppUpdates {
    private final Apps apps;
    private final AppStore store;
    private final Releases releases;
    private final Events events;
    private final Plans plans;
    private final ProcessPlans processPlans;
    private final Pools pools;
    private final Engines engines;
    private final Teams teams;
    private final Quotas quotas;

    AppUpdates(
            Apps apps,
            AppStore store,
            Releases releases,
            Events events,
            Plans plans,
            ProcessPlans processPlans,
            Pools pools,
            Engines engines,
            Teams teams,
            Quotas quotas) {
        this.apps = apps;
        this.store = store;
        this.releases = releases;
        this.events = events;
        this.plans = plans;
        this.processPlans = processPlans;
        this.pools = pools;
        this.engines = engines;
        this.teams = teams;
        this.quotas = quotas;
    }

    /**
     * What to change; an empty text and a null leave what is there.
     *
     * @param tags replace those that are there
     * @param metadata is merged into what is there
     * @param processes what single processes get of their own; others keep what they have
     * @param imageReset whether the next build starts from scratch
     * @param noRestart whether units that run keep the plan that they were started with
     */
    record Wanted(
            String description,
            @Nullable List<String> tags,
            String plan,
            @Nullable PlanOverride planOverride,
            String pool,
            String teamOwner,
            String platform,
            @Nullable Metadata metadata,
            @Nullable List<ProcessSettings> processes,
            boolean imageReset,
            boolean noRestart) {

        /** Whether it changes how much units get, or where they run. */
        private boolean movesUnits() {
            return !plan.isEmpty() || planOverride != null || !pool.isEmpty() || ofAnyProcess(ProcessSettings::hasPlan);
        }

        private boolean ofAnyProcess(Predicate<ProcessSettings> what) {
            return processes != null && processes.stream().anyMatch(what);
        }

        private Map<String, Boolean> permissions() {
            Map<String, Boolean> needed = new LinkedHashMap<>();
            needed.put("app.update.description", !description.isEmpty());
            needed.put("app.update.tags", tags != null);
            needed.put("app.update.plan", !plan.isEmpty() || ofAnyProcess(ProcessSettings::hasPlan));
            needed.put("app.update.planoverride", planOverride != null);
            needed.put("app.update.pool", !pool.isEmpty());
            needed.put("app.update.teamowner", !teamOwner.isEmpty());
            needed.put("app.update.platform", !platform.isEmpty());
            needed.put("app.update.image-reset", imageReset);
            needed.put(
                    "app.update.metadata",
                    metadata != null
                            || ofAnyProcess(process -> !process.metadata().isEmpty()));
            return needed;
        }

        private Data data() {
            return Data.of("description", description)
                    .with("tag", tags == null ? List.of() : tags)
                    .with("plan", plan)
                    .with("pool", pool)
                    .with("teamOwner", teamOwner)
                    .with("platform", platform)
                    .with("imageReset", imageReset)
                    .with("noRestart", noRestart);
        }
    }

    /**
     * Changes an app; answers the event's id, which is to be followed.
     *
     * @throws Failure when a field's permission is missing, or its value is against a rule; nothing has changed then
     */
    String update(Call call, App app, Conditions conditions, Wanted wanted) {
        require(call, app, wanted);
        List<String> messages = new ArrayList<>();
        return events.accept(call, app.subject(), wanted.data(), event -> {
            try {
                return accepted(app.name(), event, conditions, wanted, messages);
            } catch (ReleaseChanges.Refused refused) {
                return new Accepted(new Refusal(refused.why()), messages);
            }
        });
    }

    /** What an update would do to the app's release. */
    Object preview(Call call, App app, Conditions conditions, Wanted wanted) {
        require(call, app, wanted);
        Release current = releases.desired(app);
        conditions.check(current);
        try {
            return releases.preview(current, next(app, changed(app, wanted), current, wanted, new ArrayList<>()));
        } catch (ReleaseChanges.Refused refused) {
            throw Failure.invalid(refused.why());
        }
    }

    private static void require(Call call, App app, Wanted wanted) {
        List<String> needed = wanted.permissions().entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .toList();
        if (needed.isEmpty()) {
            call.require("app.update", app.contexts());
            throw Failure.invalid("Neither the description, tags, plan, pool, team owner or platform were set. You must"
                    + " define at least one.");
        }
        if (!wanted.pool().isEmpty() && wanted.noRestart()) {
            throw Failure.invalid("You must restart the app when changing the pool.");
        }
        needed.forEach(permission -> call.require(permission, app.contexts()));
    }

    private Accepted accepted(String name, String event, Conditions conditions, Wanted wanted, List<String> messages) {
        App app = apps.find(name);
        App changed = changed(app, wanted);
        Release current = releases.desired(app);
        conditions.check(current);
        Release next = next(app, changed, current, wanted, messages);
        store.update(changed);
        // What was kept for another platform's tools is of no use to these.
        if (wanted.imageReset() || !Objects.equals(changed.platform(), app.platform())) {
            store.resetImage(name);
        }
        int desired = next.equals(current)
                ? current.number()
                : releases.propose(next, event).number();
        return new Accepted(new Converging(name, desired, current.number()), messages);
    }

    private Release next(App app, App changed, Release current, Wanted wanted, List<String> messages) {
        if (!changed.teamOwner().equals(app.teamOwner())) {
            quotas.requireRoomForAppOf(changed.teamOwner());
        }
        Release next = wanted.movesUnits() ? moved(changed, current, wanted) : current;
        if (next.equals(current) || wanted.noRestart()) {
            return next;
        }
        messages.add("---- Restarting the app \"" + app.name() + "\" ----\n");
        if (current.placement().isEmpty()) {
            throw new ReleaseChanges.Refused(Scaling.NO_VERSIONS);
        }
        return next.with(next.placement().renewed(releases.nextNumber(app.name())));
    }

    private App changed(App app, Wanted wanted) {
        String owner = wanted.teamOwner().isEmpty() ? app.teamOwner() : wanted.teamOwner();
        if (teams.find(owner).isEmpty()) {
            throw Failure.invalid("team not found");
        }
        return new App(
                app.name(),
                wanted.description().isEmpty() ? app.description() : wanted.description(),
                wanted.platform().isEmpty() ? app.platform() : apps.platform(wanted.platform()),
                app.pool(),
                app.plan(),
                owner,
                app.teams(),
                app.owner(),
                wanted.tags() == null ? app.tags() : wanted.tags(),
                wanted.metadata() == null ? app.metadata() : app.metadata().with(wanted.metadata()),
                wanted.processes() == null
                        ? app.processes()
                        : ProcessSettings.merged(app.processes(), wanted.processes()),
                app.quotaLimit(),
                app.systemUser(),
                app.desiredRelease(),
                app.healthyRelease(),
                app.deploys(),
                app.routers(),
                app.cnames(),
                app.exposure(),
                app.createdAt());
    }

    private Release moved(App changed, Release current, Wanted wanted) {
        Plan plan = wanted.plan().isEmpty() ? current.plan() : plans.require(wanted.plan());
        if (wanted.planOverride() != null) {
            checkOverride(wanted.planOverride());
            plan = plan.with(plan.override().with(wanted.planOverride()));
        }
        Pool pool = pools.find(current.pool());
        if (!wanted.pool().isEmpty()) {
            pool = pools.choose(wanted.pool(), changed.teamOwner());
            for (App.AppRouter router : changed.routers()) {
                pools.requireRouter(pool, router.name());
            }
            requireEngine(pool, changed, current);
        }
        if (!wanted.plan().isEmpty() || !wanted.pool().isEmpty()) {
            pools.requirePlan(pool, plan.name());
        }
        return current.with(plan, processPlans.in(pool, changed.processes())).in(pool.name());
    }

    /** An app that runs moves to where it can be built and run, or not at all. */
    private void requireEngine(Pool pool, App app, Release current) {
        if (current.placement().isEmpty()) {
            return;
        }
        String provisioner = pools.provisionerOf(pool);
        Engine engine = engines.find(provisioner)
                .orElseThrow(() -> Failure.invalid("the pool \"" + pool.name() + "\" places units by the engine \""
                        + provisioner + "\", which this server does not have"));
        String platform = app.platform();
        String refusal = platform == null ? null : engine.refusal(platform);
        if (refusal != null) {
            throw Failure.invalid("the app cannot run in the pool \"" + pool.name() + "\": " + refusal);
        }
    }

    private static void checkOverride(PlanOverride override) {
        if (override.memory() != null && override.memory() < 0) {
            throw Failure.invalid("the memory " + override.memory() + " of the plan override is less than 0 bytes");
        }
        if (override.cpuMilli() != null && override.cpuMilli() < 0) {
            throw Failure.invalid("the cpumilli " + override.cpuMilli() + " of the plan override is less than 0");
        }
        if (override.cpuBurst() != null && override.cpuBurst() != 0 && !(override.cpuBurst() >= 1)) {
            throw Failure.invalid("the cpuBurst " + override.cpuBurst() + " of the plan override is less than 1");
        }
    }
}
