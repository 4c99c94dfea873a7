package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Homes;
import io.orizuru.event.Run;
import io.orizuru.log.Logs;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Desired;
import io.orizuru.provision.Reconciler;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Removes an app: from the world first, from the records with the event's end. */
@ApplicationScoped
class RemovalHandler implements ChangeHandler<Removal> {
    static final String KIND = "app.remove";

    private final Apps apps;
    private final Pools pools;
    private final Units units;
    private final DesiredStates desiredStates;
    private final Reconciler reconciler;
    private final Logs logs;
    private final Versions versions;
    private final List<Leftovers> leftovers;
    private final Homes homes;
    private final List<AppBinds> binds;

    RemovalHandler(
            Apps apps,
            Pools pools,
            Units units,
            DesiredStates desiredStates,
            Reconciler reconciler,
            Logs logs,
            Versions versions,
            @All List<Leftovers> leftovers,
            Homes homes,
            @All List<AppBinds> binds) {
        this.apps = apps;
        this.pools = pools;
        this.units = units;
        this.desiredStates = desiredStates;
        this.reconciler = reconciler;
        this.logs = logs;
        this.versions = versions;
        this.leftovers = leftovers;
        this.homes = homes;
        this.binds = binds;
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Class<Removal> type() {
        return Removal.class;
    }

    @Override
    public void run(Removal change, Run run) {
        run.beyondCancelling();
        App app = apps.find(change.app());
        Desired nothing = desiredStates.of(app, Release.none(app));
        Set<String> provisioners = new HashSet<>(
                units.onRecord(app.name()).stream().map(UnitRecord::provisioner).toList());
        provisioners.add(pools.provisionerOf(pools.find(app.pool())));
        run.line("\n ---> Stopping the app \"" + app.name() + "\"");
        reconciler.remove(run, nothing, provisioners);
        AppFailPoints.AFTER_WORLD.hit(app.name());
        binds.forEach(room -> room.end(run, app));
        List<Version> all = versions.of(app.name());
        leftovers.forEach(room -> room.remove(app.name(), all));
        logs.remove(app.name());
        AppFailPoints.AFTER_LOGS.hit(app.name());
        run.line("---- Done removing application. ----");
        run.atEnd(() -> {
            apps.forget(app.name());
            homes.leave(app.subject().target());
        });
    }

    /** What is gone is gone: a removal that failed is asked for again. */
    @Override
    public void withdraw(Removal change, Run run, String why) {
        run.line("---- The application is still there, in parts: remove it again. ----");
    }
}
