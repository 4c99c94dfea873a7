package io.orizuru.app;

import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import io.orizuru.event.Subject;
import io.orizuru.event.Target;
import io.orizuru.plan.Plan;
import io.orizuru.provision.Exposure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An app as it is on record.
 *
 * @param platform what it is built for, or null
 * @param plan its own copy
 * @param teams all teams with access, the owner among them
 * @param owner the e-mail address or token that made it
 * @param systemUser the number of its operating-system user, unique on the machine
 * @param desiredRelease what should run; null before the first change
 * @param healthyRelease what was healthy last; null when nothing ever was
 * @param deploys how many deploys went well
 * @param processes what single processes have of their own
 * @param cnames further names that lead to it, a leading {@code *.} for all below, in the order in which they came
 * @param exposure what leads to its units besides its names, or stands in for them, as its routes have it
 */
public record App(
        String name,
        String description,
        @Nullable String platform,
        String pool,
        Plan plan,
        String teamOwner,
        List<String> teams,
        String owner,
        List<String> tags,
        Metadata metadata,
        List<ProcessSettings> processes,
        int quotaLimit,
        int systemUser,
        @Nullable Integer desiredRelease,
        @Nullable Integer healthyRelease,
        int deploys,
        List<AppRouter> routers,
        List<String> cnames,
        Exposure exposure,
        Instant createdAt)
        implements Scoped {

    /**
     * A router that the app uses.
     *
     * @param options its options there
     * @param addressOf whose name it answers to there: its own, or after a swap that of the other app
     */
    public record AppRouter(String name, Map<String, String> options, String addressOf) {}

    @Override
    public List<Context> contexts() {
        // The owner first: what is done about the app takes its share of the server.
        List<Context> contexts = new ArrayList<>(List.of(Context.team(teamOwner)));
        Context.teams(teams).stream()
                .filter(team -> !team.value().equals(teamOwner))
                .forEach(contexts::add);
        contexts.add(Context.app(name));
        contexts.add(Context.pool(pool));
        return contexts;
    }

    /** The app as the subject of an event. */
    public Subject subject() {
        return new Subject(Target.app(name), contexts());
    }
}
