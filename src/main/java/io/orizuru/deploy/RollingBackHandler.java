package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Rollout;
import io.orizuru.app.Version;
import io.orizuru.app.Versions;
import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** Brings a release of a version that is there into the world; it counts as a deploy. */
@ApplicationScoped
class RollingBackHandler implements ChangeHandler<RollingBack> {
    private final Apps apps;
    private final Versions versions;
    private final Rollout rollout;
    private final DeployRecords records;

    RollingBackHandler(Apps apps, Versions versions, Rollout rollout, DeployRecords records) {
        this.apps = apps;
        this.versions = versions;
        this.rollout = rollout;
        this.records = records;
    }

    @Override
    public String kind() {
        return "deploy.rollback";
    }

    @Override
    public Class<RollingBack> type() {
        return RollingBack.class;
    }

    @Override
    public void run(RollingBack change, Run run) {
        App app = apps.find(change.app());
        Version version = versions.require(app.name(), change.version());
        rollout.forward(run, app, change.release());
        run.atEnd(() -> {
            records.deployed(app.name());
            // What went wrong before may lie in what builds keep.
            apps.buildFromScratch(app.name());
        });
        run.endData(Map.of("image", version.image(), "version", version.number()));
    }

    @Override
    public void withdraw(RollingBack change, Run run, String why) {
        rollout.back(run, apps.find(change.app()), change.release(), change.before(), why);
    }
}
