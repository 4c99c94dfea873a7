package io.orizuru.app;

import io.orizuru.canary.CanaryPlan;
import io.orizuru.event.Change;

/**
 * A version that is to get all requests, step by step.
 *
 * @param process the one that requests go to
 * @param before the release from which it starts, and to which it goes back
 */
record Canarying(String app, CanaryPlan plan, String process, int before) implements Change {
    /** What should run at a step: computed from where it started, so that whoever takes over finds out how far it is. */
    Placement at(Placement start, int percent) {
        return CanaryPlacement.of(start, plan.version(), process, percent);
    }
}
