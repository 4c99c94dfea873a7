package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.plan.Plan;
import io.orizuru.pool.Pool;
import io.orizuru.pool.Pools;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The releases of apps. All that changes one runs in the transaction of its caller. */
@ApplicationScoped
public class Releases {
    private final ReleaseStore store;
    private final ProcessPlans processPlans;
    private final Pools pools;

    Releases(ReleaseStore store, ProcessPlans processPlans, Pools pools) {
        this.store = store;
        this.pools = pools;
        this.processPlans = processPlans;
    }

    /** What should run now; an empty release before the first change. */
    public Release desired(App app) {
        Integer number = app.desiredRelease();
        return number == null
                ? Release.none(app).with(app.plan(), processPlans.of(app.processes()))
                : get(app.name(), number);
    }

    public Optional<Release> find(String app, int number) {
        return store.find(app, number);
    }

    /**
     * A release with what became of it, without its environment.
     *
     * @param healthyAt when it was seen healthy; null when it never was
     * @param withdrawn why it was taken back; null when it was not
     */
    record Recorded(
            int number,
            String event,
            Instant createdAt,
            @Nullable Instant healthyAt,
            @Nullable String withdrawn,
            Placement placement,
            Plan plan,
            String pool) {}

    /** The app's releases, newest first. */
    List<Recorded> recorded(String app, int limit, int skip) {
        return store.recorded(app, null, limit, skip);
    }

    Optional<Recorded> recorded(String app, int number) {
        return store.recorded(app, number, 1, 0).stream().findFirst();
    }

    /** The newest release that ran a version in health. */
    public Optional<Release> lastHealthyOf(String app, int version) {
        return store.lastHealthyOf(app, version);
    }

    /**
     * The versions that ran in health and are still there, those that did so last first.
     *
     * @param limit at most so many
     */
    public List<Integer> lastHealthyVersions(String app, int limit) {
        return store.lastHealthyVersions(app, limit);
    }

    /** What of several apps should run now, by app; nothing for those before their first change. */
    Map<String, Placement> placements(Collection<String> apps) {
        return store.desiredPlacements(apps);
    }

    public Release get(String app, int number) {
        return store.find(app, number)
                .orElseThrow(() -> new IllegalStateException("the app " + app + " has no release " + number));
    }

    /**
     * What a change would do, as the API tells it.
     *
     * @throws Failure when {@link #propose} would refuse it
     */
    public Object preview(Release current, Release next) {
        requireRoom(next);
        requireSize(next);
        return ReleaseDiff.preview(current, next);
    }

    /** The number that the app's next release will have. */
    public int nextNumber(String app) {
        return store.nextNumber(app);
    }

    /**
     * Makes a changed release the app's next one, and what should run.
     *
     * @throws Failure when it wants more units than the app may have, or others of them than its pool lets in
     */
    public Release propose(Release changed, String event) {
        requireRoom(changed);
        requireSize(changed);
        Release next = changed.numbered(store.nextNumber(changed.app()), event);
        store.insert(next);
        store.setDesired(next.app(), next.number());
        return next;
    }

    private void requireRoom(Release wanted) {
        ReleaseStore.Room room = store.room(wanted.app());
        UnitQuotas.requireRoom(room.limit(), room.now(), wanted.placement());
    }

    /** What a unit gets is looked at whichever way it changes; an app that has it already keeps it. */
    private void requireSize(Release wanted) {
        Optional<Release> now = store.desired(wanted.app());
        boolean same = now.filter(current -> current.pool().equals(wanted.pool())
                        && current.plan().equals(wanted.plan())
                        && current.processPlans().equals(wanted.processPlans()))
                .isPresent();
        if (!same) {
            Pool pool = pools.find(wanted.pool());
            pools.requireSize(pool, wanted.plan());
            wanted.processPlans().values().forEach(plan -> pools.requireSize(pool, plan));
        }
    }

    /** The numbers of the releases that an event made, in the order in which it did. */
    List<Integer> ofEvent(String app, String event) {
        return store.ofEvent(app, event);
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
