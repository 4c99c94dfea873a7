package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import jakarta.enterprise.context.ApplicationScoped;

/** Lets a unit count as one that nobody asked for, or ends it, and brings the app back to what should run. */
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
        App app = apps.find(change.app());
        if (change.force()) {
            rollout.endAndReplace(run, app, change.release(), change.unit());
        } else {
            rollout.replace(run, app, change.release(), change.unit());
        }
    }

    /** The old unit is still there, and stays; but for one that was ended by force, which nothing brings back. */
    @Override
    public void withdraw(Killing change, Run run, String why) {
        if (change.force()) {
            run.line("---- The unit is ended, and the new one did not come up: deploy, restart or go back ----");
            return;
        }
        rollout.keep(run, apps.find(change.app()), change.release(), change.unit(), change.generation());
        run.line("---- The new unit did not come up, so the old one stays ----");
    }
}
