package io.orizuru.provision.process;

import io.orizuru.provision.process.ControlGroups.Controller;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One of the means that keep units and builds apart.
 *
 * @param name for people and metrics
 * @param problem why it is not there and what follows; null when it is there
 */
public record IsolationPart(String name, @Nullable String problem) {
    private static final String SANDBOX = "bubblewrap";
    private static final String USERS = "users";
    private static final String NETWORK = "network";

    static List<IsolationPart> of(Isolation isolation, boolean bubblewrap, ControlGroups groups) {
        List<IsolationPart> parts = new ArrayList<>();
        parts.add(
                new IsolationPart(SANDBOX, bubblewrap ? null : "bwrap is not installed: apps see all of this machine"));
        parts.add(new IsolationPart(
                USERS,
                isolation != Isolation.NONE
                        ? null
                        : "the server is not root, and there are no user namespaces: apps have the server's rights"));
        for (Controller controller : Controller.values()) {
            if (controller.limits()) {
                String problem = groups.missing().get(controller);
                parts.add(new IsolationPart(
                        controller.what, problem == null ? null : problem + "; " + consequence(controller)));
            }
        }
        return parts;
    }

    /**
     * The networks of units and builds.
     *
     * @param problem why all share the machine's; null when each has its own
     */
    static IsolationPart network(@Nullable String problem) {
        return new IsolationPart(
                NETWORK,
                problem == null
                        ? null
                        : problem
                                + "; apps share this machine's network: they reach what listens here, and may listen in"
                                + " place of others");
    }

    /** Why nothing may run where isolation is required; nothing when all parts are there. */
    static Optional<String> refusal(List<IsolationPart> parts) {
        List<String> lacking = parts.stream()
                .filter(part -> part.problem() != null)
                .map(part -> part.name() + " (" + part.problem() + ")")
                .toList();
        return lacking.isEmpty()
                ? Optional.empty()
                : Optional.of("isolation is required here, and this machine lacks " + String.join("; ", lacking)
                        + "; --isolation best-effort would go without");
    }

    private static String consequence(Controller controller) {
        return switch (controller) {
            case MEMORY -> "an app may take all memory";
            case CPU -> "an app may take all processor time";
            case PROCESSES -> "processes are counted by user instead";
            case USAGE, FREEZER -> "";
        };
    }
}
