package io.orizuru.app;

import io.orizuru.plan.Plan;

/**
 * An app's desired state at one moment, numbered per app, immutable: what it runs, with which environment, on which plan,
 * where.
 *
 * @param number from 1, one more with every accepted change
 * @param event the event that asked for it
 */
public record Release(
        String app, int number, String event, Environment environment, Placement placement, Plan plan, String pool) {

    /** What an app has before its first change. */
    static Release none(App app) {
        return new Release(app.name(), 0, "", Environment.EMPTY, Placement.NOTHING, app.plan(), app.pool());
    }

    Release with(Environment changed) {
        return new Release(app, number, event, changed, placement, plan, pool);
    }

    public Release with(Placement changed) {
        return new Release(app, number, event, environment, changed, plan, pool);
    }

    Release numbered(int newNumber, String newEvent) {
        return new Release(app, newNumber, newEvent, environment, placement, plan, pool);
    }
}
