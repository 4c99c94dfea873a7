package io.orizuru.router.builtin;

import io.orizuru.router.AppRoutes;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which backends answer to a host; immutable. */
final class RouteTable {
    static final RouteTable EMPTY = new RouteTable(Map.of(), Map.of());

    private final Map<String, BackendSet> exact;
    private final Map<String, BackendSet> bySuffix;

    private RouteTable(Map<String, BackendSet> exact, Map<String, BackendSet> bySuffix) {
        this.exact = exact;
        this.bySuffix = bySuffix;
    }

    /**
     * An app's routes with its backends as the data plane knows them.
     *
     * @param parts the backends of the routes' parts, in their order
     */
    record Entry(AppRoutes routes, BackendSet backends, List<BackendSet> parts) {
        Entry(AppRoutes routes, BackendSet backends) {
            this(routes, backends, List.of());
        }

        Stream<BackendSet> all() {
            return Stream.concat(Stream.of(backends), parts.stream());
        }
    }

    /** @param entries in the order in which they were applied: of two with the same host, the later one has it */
    static RouteTable of(Collection<Entry> entries) {
        Map<String, BackendSet> exact = new HashMap<>();
        Map<String, BackendSet> bySuffix = new HashMap<>();
        // Names of parts first: what somebody gave an app as its own name is never taken by another one's part.
        for (Entry entry : entries) {
            for (int part = 0; part < entry.parts().size(); part++) {
                for (String host : entry.routes().parts().get(part).hosts()) {
                    exact.put(name(entry, host), entry.parts().get(part));
                }
            }
        }
        for (Entry entry : entries) {
            for (String host : entry.routes().hosts()) {
                String name = name(entry, host);
                if (name.startsWith("*.")) {
                    bySuffix.put(name.substring(2), entry.backends());
                } else {
                    exact.put(name, entry.backends());
                }
            }
        }
        return new RouteTable(exact, bySuffix);
    }

    private static String name(Entry entry, String host) {
        String name = HostName.ofRoute(host);
        if (name == null) {
            throw new IllegalArgumentException(
                    "the host \"" + host + "\" of the app \"" + entry.routes().app() + "\" is not a host name");
        }
        return name;
    }

    /** @param host as {@link HostName#ofHeader} gives it */
    @Nullable
    BackendSet find(String host) {
        BackendSet found = exact.get(host);
        if (found != null || bySuffix.isEmpty()) {
            return found;
        }
        for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            found = bySuffix.get(host.substring(dot + 1));
            if (found != null) {
                return found;
            }
        }
        return null;
    }
}
