package io.orizuru.app;

import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The releases of apps. All that changes one runs in the transaction of its caller. */
@ApplicationScoped
public class Releases {
    private final ReleaseStore store;

    Releases(ReleaseStore store) {
        this.store = store;
    }

    /** What should run now; an empty release before the first change. */
    public Release desired(App app) {
        Integer number = app.desiredRelease();
        return number == null ? Release.none(app) : get(app.name(), number);
    }

    public Optional<Release> find(String app, int number) {
        return store.find(app, number);
    }

    /** The newest release that ran a version in health. */
    public Optional<Release> lastHealthyOf(String app, int version) {
        return store.lastHealthyOf(app, version);
    }

    /** What of several apps should run now, by app; nothing for those before their first change. */
    Map<String, Release> desired(Collection<String> apps) {
        return store.desired(apps).stream().collect(Collectors.toMap(Release::app, Function.identity()));
    }

    public Release get(String app, int number) {
        return store.find(app, number)
                .orElseThrow(() -> new IllegalStateException("the app " + app + " has no release " + number));
    }

    /** The number that the app's next release will have. */
    public int nextNumber(String app) {
        return store.nextNumber(app);
    }

    /**
     * Makes a changed release the app's next one, and what should run.
     *
     * @throws Failure when it wants more units than the app may have
     */
    public Release propose(Release changed, String event) {
        ReleaseStore.Room room = store.room(changed.app());
        UnitQuotas.requireRoom(room.limit(), room.now(), changed.placement());
        Release next = changed.numbered(store.nextNumber(changed.app()), event);
        store.insert(next);
        store.setDesired(next.app(), next.number());
        return next;
    }

    /** The release runs and is healthy. */
    public void confirm(Release release) {
        store.setHealthy(release.app(), release.number());
    }

    /**
     * The release never became healthy: what should run is what did before.
     *
     * @param before 0 for none
     */
    public void withdraw(String app, int failed, int before, String why) {
        store.markWithdrawn(app, failed, why);
        store.setDesired(app, before == 0 ? null : before);
    }
}
