package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Leftovers;
import io.orizuru.app.Placement;
import io.orizuru.app.Releases;
import io.orizuru.app.Version;
import io.orizuru.app.Versions;
import io.orizuru.event.Run;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Engines;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What versions leave on disk: their builds and the archives that they were made from; and when it goes. */
@ApplicationScoped
class Builds implements Leftovers {
    /** How many of the newest versions are kept for going back to. */
    private static final int KEPT = 10;

    private final Versions versions;
    private final Releases releases;
    private final Pools pools;
    private final Engines engines;
    private final Archives archives;

    Builds(Versions versions, Releases releases, Pools pools, Engines engines, Archives archives) {
        this.versions = versions;
        this.releases = releases;
        this.pools = pools;
        this.engines = engines;
        this.archives = archives;
    }

    /** Removes a version that does not run. Idempotent. */
    void remove(Run run, App app, int number) {
        removeFiles(app, number);
        run.transact(() -> versions.delete(app.name(), number));
    }

    /** Removes what a version was built from and into. Idempotent. */
    void removeFiles(App app, int number) {
        engines.find(pools.provisionerOf(pools.find(app.pool())))
                .ifPresent(engine -> engine.removeBuild(app.name(), number));
        versions.find(app.name(), number).map(Version::archive).ifPresent(archives::delete);
    }

    /** Removes versions beyond the newest ones; never one that runs, should run, or ran last in health. */
    void collect(Run run, App app) {
        Set<Integer> inUse = new HashSet<>(running(releases.desired(app).placement()));
        if (app.healthyRelease() != null) {
            inUse.addAll(running(releases.get(app.name(), app.healthyRelease()).placement()));
        }
        List<Integer> old = versions.of(app.name()).stream()
                .skip(KEPT)
                .map(Version::number)
                .filter(number -> !inUse.contains(number))
                .toList();
        old.forEach(number -> remove(run, app, number));
        if (!old.isEmpty()) {
            run.line(" ---> Removed " + old.size() + " old version" + (old.size() == 1 ? "" : "s"));
        }
    }

    private static List<Integer> running(Placement placement) {
        return placement.versions().stream().map(Placement.Running::version).toList();
    }

    @Override
    public void remove(String app, List<Version> all) {
        all.stream().map(Version::archive).forEach(archives::delete);
    }
}
