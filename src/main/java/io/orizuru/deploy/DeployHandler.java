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
import io.orizuru.event.FailPoints;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.BuildRequest;
import io.orizuru.provision.Engines;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A deploy: build the archive, keep the version, make the release that runs it, bring it into the world. The two steps
 * that cannot be compared with what is, the version's number and its build, are journaled.
 */
@ApplicationScoped
class DeployHandler implements ChangeHandler<Deploying> {
    private static final String NUMBER = "version";
    private static final String BUILD = "build";
    private static final String RELEASE = "release";

    private final Apps apps;
    private final Versions versions;
    private final Releases releases;
    private final PlatformVariables variables;
    private final SystemUsers systemUsers;
    private final Pools pools;
    private final Engines engines;
    private final Archives archives;
    private final Rollout rollout;
    private final DeployRecords records;
    private final Builds builds;
    private final Remote remote;
    private final FailPoints.FailPoint beforeBuild;
    private final FailPoints.FailPoint inBuild;
    private final FailPoints.FailPoint afterBuild;
    private final FailPoints.FailPoint afterRelease;

    DeployHandler(
            Apps apps,
            Versions versions,
            Releases releases,
            PlatformVariables variables,
            SystemUsers systemUsers,
            Pools pools,
            Engines engines,
            Archives archives,
            Rollout rollout,
            DeployRecords records,
            Builds builds,
            Remote remote,
            FailPoints failPoints) {
        this.apps = apps;
        this.versions = versions;
        this.releases = releases;
        this.variables = variables;
        this.systemUsers = systemUsers;
        this.pools = pools;
        this.engines = engines;
        this.archives = archives;
        this.rollout = rollout;
        this.records = records;
        this.builds = builds;
        this.remote = remote;
        this.beforeBuild = failPoints.declare("deploy.before-build");
        this.inBuild = failPoints.declare("deploy.in-build");
        this.afterBuild = failPoints.declare("deploy.after-build");
        this.afterRelease = failPoints.declare("deploy.after-release");
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
        int number = run.once(NUMBER, Integer.class, () -> versions.nextNumber(app.name()));
        remote.fetch(run, change.archiveUrl(), change.archive());
        beforeBuild.hit();
        Build build = build(change, run, app, number);
        afterBuild.hit();
        run.endData(Map.of("image", build.image(), "version", build.version()));
        if (change.placing() == Placing.NOWHERE) {
            run.transact(() -> keep(change, run, app, build));
            run.line("---- Built version " + build.version() + (change.tag().isEmpty() ? "" : " as " + change.tag())
                    + " ----");
            return;
        }
        int release = run.once(RELEASE, Integer.class, () -> propose(change, run, app, build));
        afterRelease.hit();
        rollout.forward(run, app, release);
        run.atEnd(() -> records.deployed(app.name()));
        builds.collect(run, apps.find(app.name()));
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
                systemUsers.of(app));
        String provisioner = pools.provisionerOf(pools.find(app.pool()));
        return run.once(BUILD, Build.class, () -> {
            run.line("---- Building version " + number + " for the platform " + platform + " ----");
            try {
                return engines.require(provisioner)
                        .build(
                                request,
                                line -> {
                                    run.line(line);
                                    inBuild.hit();
                                },
                                run::check);
            } catch (BuildFailed e) {
                throw Failure.invalid(String.valueOf(e.getMessage()));
            }
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
        Optional<Integer> release = run.done(RELEASE, Integer.class);
        if (release.isPresent()) {
            rollout.back(run, app, release.get(), change.before(), why);
        }
        run.done(NUMBER, Integer.class).ifPresent(number -> builds.remove(run, app, number));
        archives.delete(change.archive());
    }
}
