package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import jakarta.enterprise.context.ApplicationScoped;

/** Makes the desired release so once more. */
@ApplicationScoped
class RestoringHandler implements ChangeHandler<Restoring> {
    private final Apps apps;
    private final Rollout rollout;

    RestoringHandler(Apps apps, Rollout rollout) {
        this.apps = apps;
        this.rollout = rollout;
    }

    @Override
    public String kind() {
        return "app.restore";
    }

    @Override
    public Class<Restoring> type() {
        return Restoring.class;
    }

    @Override
    public void run(Restoring change, Run run) {
        App app = apps.find(change.app());
        Integer desired = app.desiredRelease();
        if (desired != null) {
            rollout.forward(run, app, desired);
        }
    }

    /** What should be stays what should be; the next look tries again. */
    @Override
    public void withdraw(Restoring change, Run run, String why) {
        // Nothing was changed.
    }
}
