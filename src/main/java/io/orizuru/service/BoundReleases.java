package io.orizuru.service;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.DesiredStates;
import io.orizuru.app.Environment;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.event.Run;
import io.orizuru.pool.Pools;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.UnaryOperator;

/** The releases of apps that binds make, and apps as services are told of them. */
@ApplicationScoped
class BoundReleases {
    private final Apps apps;
    private final Releases releases;
    private final DesiredStates states;
    private final Pools pools;

    BoundReleases(Apps apps, Releases releases, DesiredStates states, Pools pools) {
        this.apps = apps;
        this.releases = releases;
        this.states = states;
        this.pools = pools;
    }

    /** Makes the app's next release with another environment; answers its number, the same one when it is asked again. */
    int propose(Run run, String app, boolean noRestart, UnaryOperator<Environment> change) {
        return run.once(
                ServiceFailPoints.RELEASE,
                () -> run.transaction(() -> {
                    Release current = releases.desired(apps.find(app));
                    if (current.event().equals(run.event())) {
                        return current.number(); // Made by an attempt that died before it could say so.
                    }
                    Release changed = current.with(change.apply(current.environment()));
                    boolean renews = !noRestart && !current.placement().isEmpty();
                    Release next =
                            renews ? changed.with(changed.placement().renewed(releases.nextNumber(app))) : changed;
                    return releases.propose(next, run.event()).number();
                }));
    }

    AppDescription describe(App app) {
        List<String> hosts = states.hosts(app).values().stream()
                .flatMap(names -> names.stream())
                .distinct()
                .toList();
        return new AppDescription(app.name(), hosts, app.pool(), pools.provisionerOf(pools.find(app.pool())));
    }
}
