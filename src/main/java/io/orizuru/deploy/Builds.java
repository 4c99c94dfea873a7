package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Leftovers;
import io.orizuru.app.Placement;
import io.orizuru.app.PlatformVariables;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.app.SystemUsers;
import io.orizuru.app.Version;
import io.orizuru.app.VersionBuilds;
import io.orizuru.app.Versions;
import io.orizuru.config.Settings;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.limit.FairShare;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.BuildRequest;
import io.orizuru.provision.Engine;
import io.orizuru.provision.Engines;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** What versions are on disk: their builds and the archives that they were made from; how it comes and when it goes. */
@ApplicationScoped
class Builds implements Leftovers, VersionBuilds {
    /** How many of the newest versions are kept for going back to, and of those that ran last. */
    private static final int KEPT = 10;

    private static final Duration LOOK = Duration.ofMillis(400);

    private final Versions versions;
    private final Releases releases;
    private final Pools pools;
    private final Engines engines;
    private final Archives archives;
    private final PlatformVariables variables;
    private final SystemUsers systemUsers;
    private final FairShare places;

    Builds(
            Versions versions,
            Releases releases,
            Pools pools,
            Engines engines,
            Archives archives,
            PlatformVariables variables,
            SystemUsers systemUsers,
            Settings settings) {
        this.versions = versions;
        this.releases = releases;
        this.pools = pools;
        this.engines = engines;
        this.archives = archives;
        this.variables = variables;
        this.systemUsers = systemUsers;
        this.places = new FairShare(settings.operations().buildsAtOnce());
    }

    /** Builds, when it is the team's turn; a finished build of the same key is answered again. */
    Build make(Run run, String provisioner, BuildRequest request) {
        try (FairShare.Place place = places.ask(run.team())) {
            awaitTurn(run, place);
            return engines.require(provisioner)
                    .build(
                            request,
                            line -> {
                                run.log(line + "\n");
                                DeployFailPoints.IN_BUILD.hit(request.app());
                            },
                            run::check);
        } catch (BuildFailed e) {
            throw Failure.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static void awaitTurn(Run run, FairShare.Place place) {
        if (place.isHeld()) {
            return;
        }
        run.line(" ---> Waits for its turn to build: " + run.team() + " or this server builds as much as it may; "
                + place.before() + " of the same team come before it");
        try {
            while (!place.await(LOOK)) {
                run.check();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    @Override
    public void provide(Run run, App app, Release release) {
        String provisioner = pools.provisionerOf(pools.find(release.pool()));
        for (Placement.Running running : release.placement().versions()) {
            boolean wanted = running.processes().values().stream().anyMatch(scale -> scale.units() > 0);
            if (wanted && !engines.require(provisioner).hasBuild(app.name(), running.version())) {
                provide(run, app, release, provisioner, versions.require(app.name(), running.version()));
            }
        }
    }

    private void provide(Run run, App app, Release release, String provisioner, Version version) {
        if (!archives.exists(version.archive())) {
            throw Failure.invalid("the version " + version.number() + " is not built at the engine " + provisioner
                    + ", and what it was made from is not there any more: deploy it anew");
        }
        run.line("---- Building version " + version.number() + " at the engine " + provisioner + " ----");
        make(
                run,
                provisioner,
                new BuildRequest(
                        version.event(),
                        app.name(),
                        version.number(),
                        version.platform(),
                        archives.path(version.archive()),
                        variables.values(app.name(), release.environment()),
                        systemUsers.of(app),
                        false));
    }

    /** Removes a version that does not run. Idempotent. */
    void remove(Run run, App app, int number) {
        removeFiles(app, number);
        DeployFailPoints.REMOVED_FILES.hit(app.name());
        run.transact(() -> versions.delete(app.name(), number));
    }

    /** Removes what a version was built from and into, at whichever engine. Idempotent. */
    void removeFiles(App app, int number) {
        for (Engine engine : engines.all()) {
            engine.removeBuild(app.name(), number);
        }
        versions.find(app.name(), number).map(Version::archive).ifPresent(archives::delete);
    }

    /**
     * Removes old versions; never one that runs, should run, or can be gone back to: one of the newest, whether they failed or
     * not, or one of those that ran in health last.
     */
    void collect(Run run, App app) {
        Set<Integer> kept = new HashSet<>();
        releases.desired(app).placement().versions().forEach(running -> kept.add(running.version()));
        kept.addAll(releases.lastHealthyVersions(app.name(), KEPT));
        List<Version> all = versions.of(app.name());
        // A row of deploys that failed must not be what pushes the good ones out.
        List<Predicate<Version>> counted = List.of(version -> true, version -> !version.disabled());
        counted.forEach(which ->
                all.stream().filter(which).limit(KEPT).map(Version::number).forEach(kept::add));
        List<Integer> old = all.stream()
                .map(Version::number)
                .filter(number -> !kept.contains(number))
                .toList();
        old.forEach(number -> remove(run, app, number));
        if (!old.isEmpty()) {
            run.line(" ---> Removed " + old.size() + " old version" + (old.size() == 1 ? "" : "s"));
        }
    }

    @Override
    public void remove(String app, List<Version> all) {
        all.stream().map(Version::archive).forEach(archives::delete);
    }
}
