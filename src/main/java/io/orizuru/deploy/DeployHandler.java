package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Placement;
import io.orizuru.app.PlatformVariables;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.app.Rollout;
import io.orizuru.app.SystemUsers;
import io.orizuru.app.Version;
import io.orizuru.app.Versions;
import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.git.Repository;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A deploy: build the archive, keep the version, make the release that runs it, bring it into the world. The two steps
 * that cannot be compared with what is, the version's number and its build, are journaled.
 */
@ApplicationScoped
class DeployHandler implements ChangeHandler<Deploying> {
    private final Apps apps;
    private final Versions versions;
    private final Releases releases;
    private final PlatformVariables variables;
    private final SystemUsers systemUsers;
    private final Pools pools;
    private final Archives archives;
    private final Rollout rollout;
    private final DeployRecords records;
    private final Builds builds;
    private final Remote remote;

    DeployHandler(
            Apps apps,
            Versions versions,
            Releases releases,
            PlatformVariables variables,
            SystemUsers systemUsers,
            Pools pools,
            Archives archives,
            Rollout rollout,
            DeployRecords records,
            Builds builds,
            Remote remote) {
        this.apps = apps;
        this.versions = versions;
        this.releases = releases;
        this.variables = variables;
        this.systemUsers = systemUsers;
        this.pools = pools;
        this.archives = archives;
        this.rollout = rollout;
        this.records = records;
        this.builds = builds;
        this.remote = remote;
    }

    @Override
    public String kind() {
        return "deploy";
    }

    @Override
    public Class<Deploying> type() {
        return Deploying.class;
    }

    @Override
    public void run(Deploying change, Run run) {
        App app = apps.find(change.app());
        int number = run.once(DeployFailPoints.NUMBER, () -> versions.nextNumber(app.name()));
        Map<String, Object> told = new LinkedHashMap<>();
        Repository repository = change.repository();
        if (repository == null) {
            remote.fetch(run, change.archiveUrl(), change.archive());
        } else {
            told.put(
                    "commit",
                    run.once(DeployFailPoints.COMMIT, () -> remote.fetch(run, app, repository, change.archive())));
            run.endData(told);
        }
        DeployFailPoints.ARCHIVE_HERE.hit(app.name());
        Build build = build(change, run, app, number);
        told.put("image", build.image());
        told.put("version", build.version());
        run.endData(told);
        if (change.placing() == Placing.NOWHERE) {
            run.transact(() -> keep(change, run, app, build));
            run.line("---- Built version " + build.version() + (change.tag().isEmpty() ? "" : " as " + change.tag())
                    + " ----");
            return;
        }
        int release = run.once(DeployFailPoints.RELEASE, () -> propose(change, run, app, build));
        rollout.forward(run, app, release);
        DeployFailPoints.AFTER_ROLLOUT.hit(app.name());
        run.atEnd(() -> records.deployed(app.name()));
        builds.collect(run, apps.find(app.name()));
        DeployFailPoints.COLLECTED.hit(app.name());
    }

    private Build build(Deploying change, Run run, App app, int number) {
        Release current = releases.desired(app);
        String platform = app.platform() == null ? "" : app.platform();
        BuildRequest request = new BuildRequest(
                run.event(),
                app.name(),
                number,
                platform,
                archives.path(change.archive()),
                variables.values(app.name(), current.environment()),
                systemUsers.of(app),
                apps.buildsFromScratch(app.name()));
        String provisioner = pools.provisionerOf(pools.find(app.pool()));
        return run.once(DeployFailPoints.BUILD, () -> {
            run.line("---- Building version " + number + " for the platform " + platform + " ----");
            return builds.make(run, provisioner, request);
        });
    }

    /** Keeps the version and makes the release that runs it instead of the ones before. */
    private int propose(Deploying change, Run run, App app, Build build) {
        return run.transaction(() -> {
            keep(change, run, app, build);
            Release current = releases.desired(apps.find(app.name()));
            if (current.event().equals(run.event())) {
                return current.number(); // Made by an attempt that died before it could say so.
            }
            int next = releases.nextNumber(app.name());
            return releases.propose(
                            current.with(placed(change.placing(), current.placement(), build, next)), run.event())
                    .number();
        });
    }

    private static Placement placed(Placing placing, Placement current, Build build, int generation) {
        Set<String> processes = build.processes().keySet();
        return placing == Placing.BESIDE
                ? current.with(build.version(), processes, generation)
                : current.replacedBy(build.version(), processes, generation);
    }

    private void keep(Deploying change, Run run, App app, Build build) {
        apps.isBuilt(app.name(), run.event());
        versions.insert(new Version(
                app.name(),
                build.version(),
                run.event(),
                app.platform() == null ? "" : app.platform(),
                change.tag().isEmpty() ? build.image() : change.tag(),
                build.processes(),
                build.manifest(),
                change.origin(),
                change.message(),
                run.owner(),
                change.archive(),
                false,
                "",
                Instant.EPOCH));
    }

    @Override
    public void withdraw(Deploying change, Run run, String why) {
        App app = apps.find(change.app());
        Optional<Integer> release = run.done(DeployFailPoints.RELEASE);
        if (release.isPresent()) {
            rollout.back(run, app, release.get(), change.before(), why);
        }
        DeployFailPoints.WITHDRAWN_RELEASE.hit(app.name());
        run.done(DeployFailPoints.NUMBER).ifPresent(number -> forget(run, app, number, why));
        DeployFailPoints.WITHDRAWN_BUILD.hit(app.name());
        archives.delete(change.archive());
    }

    /** A version that never became healthy is kept as a name only: nothing can go back to it. */
    private void forget(Run run, App app, int number, String why) {
        run.transact(() -> versions.disable(app.name(), number, true, why));
        builds.removeFiles(app, number);
    }
}
