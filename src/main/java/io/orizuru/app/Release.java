package io.orizuru.app;

import io.orizuru.plan.Plan;
import java.util.Map;

/**
 * An app's desired state at one moment, numbered per app, immutable: what it runs, with which environment, on which plan,
 * where.
 *
 * @param number from 1, one more with every accepted change
 * @param event the event that asked for it
 * @param processPlans the plans of processes that have another one than the app
 */
public record Release(
        String app,
        int number,
        String event,
        Environment environment,
        Placement placement,
        Plan plan,
        String pool,
        Map<String, Plan> processPlans) {
    public Release {
        processPlans = Map.copyOf(processPlans);
    }

    /** What an app has before its first change. */
    static Release none(App app) {
        return new Release(app.name(), 0, "", Environment.EMPTY, Placement.NOTHING, app.plan(), app.pool(), Map.of());
    }

    public Release with(Environment changed) {
        return new Release(app, number, event, changed, placement, plan, pool, processPlans);
    }

    public Release with(Placement changed) {
        return new Release(app, number, event, environment, changed, plan, pool, processPlans);
    }

    Release with(Plan changed, Map<String, Plan> changedProcessPlans) {
        return new Release(app, number, event, environment, placement, changed, pool, changedProcessPlans);
    }

    Release in(String otherPool) {
        return new Release(app, number, event, environment, placement, plan, otherPool, processPlans);
    }

    /** With the variables, plan and counts of another release of the app; where it runs, and what it is bound to, stays. */
    public Release as(Release other) {
        return new Release(
                app, number, event, environment.as(other.environment), placement, other.plan, pool, other.processPlans);
    }

    /** How much a unit of a process gets. */
    public Plan planOf(String process) {
        return processPlans.getOrDefault(process, plan);
    }

    Release numbered(int newNumber, String newEvent) {
        return new Release(app, newNumber, newEvent, environment, placement, plan, pool, processPlans);
    }
}
