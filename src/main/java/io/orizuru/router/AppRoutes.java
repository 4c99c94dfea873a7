package io.orizuru.router;

import java.util.List;
import java.util.Set;

/**
 * Where requests for an app go.
 *
 * @param app the app's name
 * @param epoch the epoch of the lease that set them
 * @param hosts the host names, lower case, without port; a leading {@code *.} stands for any one or more labels. No hosts
 *     removes the app
 * @param backends its units; when empty, requests are answered with 503
 */
public record AppRoutes(String app, long epoch, Set<String> hosts, List<Backend> backends) {
    public AppRoutes {
        hosts = Set.copyOf(hosts);
        backends = List.copyOf(backends);
    }
}
