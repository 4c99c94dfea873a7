package io.orizuru.service;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Scoped;
import io.orizuru.event.Subject;
import io.orizuru.event.Target;
import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A service as it is on record, without its password.
 *
 * @param name a lower-case letter, then up to 39 lower-case letters, digits or dashes
 * @param endpoint where its API is
 * @param teams who was let in, besides the owner
 * @param restricted whether only those may make instances, and read its plans and documentation
 * @param multiCluster whether its instances belong to a pool
 */
record Service(
        String name,
        String username,
        String endpoint,
        String teamOwner,
        List<String> teams,
        boolean restricted,
        boolean multiCluster,
        String doc)
        implements Scoped {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    Service {
        teams = List.copyOf(teams);
    }

    static String checkedName(String name) {
        if (name.isEmpty()) {
            throw Failure.invalid("Service id is required");
        }
        if (!NAME.matcher(name).matches()) {
            throw Failure.invalid("Invalid service id, should have at most 40 characters, containing only lower case"
                    + " letters, numbers or dashes, starting with a letter.");
        }
        return name;
    }

    /** Where those find it who offer it. */
    @Override
    public List<Context> contexts() {
        return List.of(Context.team(teamOwner), context());
    }

    /** Where those find it who use it. */
    List<Context> usersContexts() {
        List<Context> contexts = new ArrayList<>(contexts());
        contexts.addAll(Context.teams(teams));
        return contexts;
    }

    Context context() {
        return new Context(ContextType.SERVICE, name);
    }

    Subject subject() {
        return new Subject(new Target("service", name), contexts());
    }
}
