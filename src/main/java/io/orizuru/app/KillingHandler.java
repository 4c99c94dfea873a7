package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import jakarta.enterprise.context.ApplicationScoped;

/** Lets a unit count as one that nobody asked for, and brings the app back to what should run. */
@ApplicationScoped
class KillingHandler implements ChangeHandler<Killing> {
    private final Apps apps;
    private final Rollout rollout;

    KillingHandler(Apps apps, Rollout rollout) {
        this.apps = apps;
        this.rollout = rollout;
    }

    @Override
    public String kind() {
        return "app.kill-unit";
    }

    @Override
    public Class<Killing> type() {
        return Killing.class;
    }

    @Override
    public void run(Killing change, Run run) {
        rollout.replace(run, apps.find(change.app()), change.release(), change.unit());
    }

    /** The old unit is still there, and stays. */
    @Override
    public void withdraw(Killing change, Run run, String why) {
        rollout.keep(run, apps.find(change.app()), change.release(), change.unit(), change.generation());
        run.line("---- The new unit did not come up, so the old one stays ----");
    }
}
