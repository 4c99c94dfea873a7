package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Rollout;
import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import jakarta.enterprise.context.ApplicationScoped;

/** Takes a version away: its units first, then what it was built into. */
@ApplicationScoped
class VersionRemovalHandler implements ChangeHandler<VersionRemoval> {
    private final Apps apps;
    private final Rollout rollout;
    private final Builds builds;

    VersionRemovalHandler(Apps apps, Rollout rollout, Builds builds) {
        this.apps = apps;
        this.rollout = rollout;
        this.builds = builds;
    }

    @Override
    public String kind() {
        return "deploy.remove-version";
    }

    @Override
    public Class<VersionRemoval> type() {
        return VersionRemoval.class;
    }

    @Override
    public void run(VersionRemoval change, Run run) {
        App app = apps.find(change.app());
        if (change.release() != change.before()) {
            rollout.forward(run, app, change.release());
        }
        run.beyondCancelling();
        builds.remove(run, app, change.version());
        run.line("---- Done removing application version " + change.version() + ".");
    }

    @Override
    public void withdraw(VersionRemoval change, Run run, String why) {
        if (change.release() != change.before()) {
            rollout.back(run, apps.find(change.app()), change.release(), change.before(), why);
        }
    }
}
