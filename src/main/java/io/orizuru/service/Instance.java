package io.orizuru.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Scoped;
import io.orizuru.event.Subject;
import io.orizuru.event.Target;
import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * An instance of a service, as it is on record.
 *
 * @param name a letter, then letters, digits, dashes and underscores
 * @param plan what its service calls it; empty for whatever the service chooses
 * @param pool where it is, for services of several clusters; else empty
 * @param teams all teams with access, the owner first
 * @param parameters what the service alone understands
 * @param apps that are bound to it, or about to be
 */
record Instance(
        String service,
        String name,
        String plan,
        String pool,
        String description,
        List<String> tags,
        String teamOwner,
        List<String> teams,
        Map<String, JsonNode> parameters,
        State state,
        List<String> apps)
        implements Scoped {
    /** What is known of it. */
    enum State {
        /** Its service is being asked to make it. */
        MAKING,
        READY,
        /** Whether its service has it is not known: it can only be removed. */
        UNSURE,
        /** Its service is being asked to remove it. */
        REMOVING
    }

    private static final Pattern NAME = Pattern.compile("[A-Za-z][-a-zA-Z0-9_]{1,99}");

    Instance {
        tags = List.copyOf(tags);
        teams = List.copyOf(teams);
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        apps = List.copyOf(apps);
    }

    static String checkedName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw Failure.invalid("invalid service instance name");
        }
        return name;
    }

    @Override
    public List<Context> contexts() {
        // The owner first: what is done about the instance takes its share of the server.
        List<Context> contexts = new ArrayList<>(List.of(Context.team(teamOwner)));
        Context.teams(teams).stream()
                .filter(team -> !team.value().equals(teamOwner))
                .forEach(contexts::add);
        contexts.add(context());
        return contexts;
    }

    Context context() {
        return new Context(ContextType.SERVICE_INSTANCE, id());
    }

    /** As permissions and events name it. */
    String id() {
        return service + "/" + name;
    }

    Subject subject() {
        return new Subject(new Target("service-instance", id()), contexts());
    }
}
