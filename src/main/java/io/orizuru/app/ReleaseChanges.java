package io.orizuru.app;

import io.orizuru.event.Accepted;
import io.orizuru.event.Change;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.UnaryOperator;

/** The way all changes of an app's release go: the next release is written when the change is accepted, then made so. */
@ApplicationScoped
class ReleaseChanges {
    private final Apps apps;
    private final Releases releases;
    private final Events events;

    ReleaseChanges(Apps apps, Releases releases, Events events) {
        this.apps = apps;
        this.releases = releases;
        this.events = events;
    }

    /** Thrown by a change that cannot be, when clients expect to read why at the end of its stream. */
    static final class Refused extends RuntimeException {
        Refused(String why) {
            super(why, null, false, false);
        }

        String why() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * Accepts a change.
     *
     * @param keepUnits whether units that run are left as they are
     * @param change makes the next release of the current one; runs in the accepting transaction, under the app's lock
     * @param messages what the event's log begins with; read after {@code change} has run
     * @return the event's id
     */
    String accept(
            Call call, App app, Data data, boolean keepUnits, UnaryOperator<Release> change, List<String> messages) {
        return events.accept(call, app.subject(), data, event -> {
            try {
                return new Accepted(propose(app.name(), event, keepUnits, change), messages);
            } catch (Refused refused) {
                return new Accepted(new Refusal(refused.why()), messages);
            }
        });
    }

    private Release propose(Release changed, String event) {
        try {
            return releases.propose(changed, event);
        } catch (Failure failure) {
            throw failure.kind() == Failure.Kind.QUOTA_EXCEEDED ? new Refused(failure.message()) : failure;
        }
    }

    private Change propose(String name, String event, boolean keepUnits, UnaryOperator<Release> change) {
        // Read again: it may have changed before the lock was ours.
        App app = apps.find(name);
        Release current = releases.desired(app);
        Release changed = change.apply(current);
        if (!keepUnits && !current.placement().isEmpty() && changed.placement().equals(current.placement())) {
            int number = releases.nextNumber(name);
            changed = changed.with(changed.placement()
                    .map(
                            (version, process) -> true,
                            scale -> new Placement.Scale(scale.units(), scale.pastUnits(), number)));
        }
        return new Converging(name, propose(changed, event).number(), current.number());
    }
}
