package io.orizuru.router;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where requests for an app go.
 *
 * @param app the app's name
 * @param epoch the epoch of the lease that set them
 * @param hosts the host names, lower case, without port; a leading {@code *.} stands for any one or more labels. No hosts
 *     removes the app
 * @param backends its units; when empty, requests are answered with 503
 * @param weights the shares of versions, 0 or more each, of which only the proportions count; empty, or without a version
 *     that has a backend and a share above 0, all backends get the same. Null, as older servers send it, is empty
 */
public record AppRoutes(
        String app,
        long epoch,
        Set<String> hosts,
        List<Backend> backends,
        @Nullable Map<Integer, Integer> weights) {
    public AppRoutes {
        hosts = Set.copyOf(hosts);
        backends = List.copyOf(backends);
        weights = weights == null ? Map.of() : Map.copyOf(weights);
        weights.forEach((version, weight) -> {
            if (weight < 0) {
                throw new IllegalArgumentException(
                        "the weight " + weight + " of version " + version + " is less than 0");
            }
        });
    }

    /** Routes without weights. */
    public AppRoutes(String app, long epoch, Set<String> hosts, List<Backend> backends) {
        this(app, epoch, hosts, backends, Map.of());
    }

    /** The shares of versions; never null. */
    public Map<Integer, Integer> shares() {
        return weights == null ? Map.of() : weights;
    }
}
