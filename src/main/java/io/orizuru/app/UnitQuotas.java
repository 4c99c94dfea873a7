package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.quota.Quota;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * How many units apps may have. In use are those that should run by the desired release, and those that are stopped or asleep:
 * all that changes it or the limit holds the app's lock.
 */
@ApplicationScoped
class UnitQuotas {
    /** Whatever its limit says; more is a slip of a digit, or an attack. */
    static final int MOST_OF_AN_APP = 10_000;

    private final Apps apps;
    private final AppStore store;
    private final Releases releases;
    private final Events events;

    UnitQuotas(Apps apps, AppStore store, Releases releases, Events events) {
        this.apps = apps;
        this.store = store;
        this.releases = releases;
        this.events = events;
    }

    Quota of(App app) {
        return new Quota(app.quotaLimit(), releases.desired(app).placement().claimedUnits());
    }

    void limit(Call call, App app, String limit) {
        int wanted = Quota.limit(limit);
        events.perform(call, app.subject(), Data.of("limit", wanted), () -> {
            // Read again: it may have grown before the lock was ours.
            of(apps.find(app.name())).requireLimit(wanted);
            store.limitUnits(app.name(), wanted);
        });
    }

    /** Refuses more units than the app may have; fewer than now are no matter, even if they are still too many. */
    static void requireRoom(int limit, Placement now, Placement wanted) {
        int more = wanted.claimedUnits() - now.claimedUnits();
        Quota quota = new Quota(limit, now.claimedUnits());
        if (more > 0 && wanted.claimedUnits() > MOST_OF_AN_APP) {
            throw Failure.invalid("the app would have " + wanted.claimedUnits() + " units, more than the "
                    + MOST_OF_AN_APP + " that an app can have");
        }
        if (more > 0 && !quota.hasRoomFor(more)) {
            throw Failure.quotaExceeded("Quota exceeded. Available: " + Math.max(0, limit - now.claimedUnits())
                    + ", Requested: " + more + ".");
        }
    }
}
