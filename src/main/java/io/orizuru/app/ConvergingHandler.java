package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import jakarta.enterprise.context.ApplicationScoped;

/** Makes an accepted release so; goes back to the one before it when that does not succeed. */
@ApplicationScoped
class ConvergingHandler implements ChangeHandler<Converging> {
    private final Apps apps;
    private final Rollout rollout;

    ConvergingHandler(Apps apps, Rollout rollout) {
        this.apps = apps;
        this.rollout = rollout;
    }

    @Override
    public String kind() {
        return "app.converge";
    }

    @Override
    public Class<Converging> type() {
        return Converging.class;
    }

    @Override
    public void run(Converging change, Run run) {
        if (change.release() == change.before()) {
            return; // What was changed needs nothing of the world.
        }
        rollout.forward(run, apps.find(change.app()), change.release());
    }

    @Override
    public void withdraw(Converging change, Run run, String why) {
        rollout.back(run, apps.find(change.app()), change.release(), change.before(), why);
    }
}
