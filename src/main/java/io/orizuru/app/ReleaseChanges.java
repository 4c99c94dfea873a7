package io.orizuru.app;

import io.orizuru.event.Accepted;
import io.orizuru.event.Change;
import io.orizuru.event.EventStreams;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/** The way all changes of an app's release go: the next release is written when the change is accepted, then made so. */
@ApplicationScoped
class ReleaseChanges {
    private final Apps apps;
    private final Releases releases;
    private final Events events;
    private final EventStreams streams;

    ReleaseChanges(Apps apps, Releases releases, Events events, EventStreams streams) {
        this.streams = streams;
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
     * Accepts a change, or with {@code dry} only tells what it would do.
     *
     * @return the stream of the event, or what would change
     */
    Response answer(Call call, App app, Conditions conditions, Proposal proposal) {
        return conditions.dry()
                ? Answers.json(200, preview(app, conditions, proposal))
                : streams.json(accept(call, app, conditions, proposal));
    }

    /** Accepts a change; answers the event's id. */
    String accept(Call call, App app, Conditions conditions, Proposal proposal) {
        return events.accept(call, app.subject(), proposal.data(), event -> {
            try {
                return new Accepted(propose(app.name(), event, conditions, proposal), proposal.messages());
            } catch (Refused refused) {
                return new Accepted(new Refusal(refused.why()), proposal.messages());
            }
        });
    }

    /**
     * Accepts a change that the platform itself wants.
     *
     * @param kind of its event, for people
     * @param seen the release that it was decided by
     * @return the number of the release that it makes; empty when another operation runs on the app
     * @throws Failure when the app has another release by now, or what the change throws; no event is left
     */
    Optional<Integer> acceptInternal(String kind, App app, Release seen, Proposal proposal) {
        return acceptInternal(kind, app, seen, proposal, change -> change);
    }

    /** As {@link #acceptInternal(String, App, Release, Proposal)}, for a change that is more than to make the release so. */
    Optional<Integer> acceptInternal(
            String kind, App app, Release seen, Proposal proposal, Function<Converging, Change> made) {
        Conditions unchanged = new Conditions(false, seen.number());
        AtomicInteger release = new AtomicInteger();
        return events.acceptInternal(kind, app.subject(), proposal.data(), event -> {
                    Converging change = propose(app.name(), event, unchanged, proposal);
                    release.set(change.release());
                    return new Accepted(made.apply(change), proposal.messages());
                })
                .map(event -> release.get());
    }

    private Object preview(App app, Conditions conditions, Proposal proposal) {
        Release current = releases.desired(app);
        conditions.check(current);
        try {
            Release next = next(current, proposal);
            return telling(() -> releases.preview(current, next));
        } catch (Refused refused) {
            throw Failure.invalid(refused.why());
        }
    }

    /** Clients expect to read at the end of the stream that there is no room. */
    private static <T> T telling(Supplier<T> change) {
        try {
            return change.get();
        } catch (Failure failure) {
            throw failure.kind() == Failure.Kind.QUOTA_EXCEEDED ? new Refused(failure.message()) : failure;
        }
    }

    private Converging propose(String name, String event, Conditions conditions, Proposal proposal) {
        // Read again: it may have changed before the lock was ours.
        Release current = releases.desired(apps.find(name));
        conditions.check(current);
        Release next = next(current, proposal);
        return new Converging(name, telling(() -> releases.propose(next, event)).number(), current.number());
    }

    private Release next(Release current, Proposal proposal) {
        Release changed = proposal.change().apply(current);
        boolean renews = !proposal.keepUnits()
                && !current.placement().isEmpty()
                && changed.placement().equals(current.placement());
        return renews ? changed.with(changed.placement().renewed(releases.nextNumber(current.app()))) : changed;
    }
}
