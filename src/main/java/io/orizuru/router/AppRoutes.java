package io.orizuru.router;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where requests for an app go.
 *
 * @param app the app's name
 * @param epoch the epoch of the lease that set them
 * @param hosts the host names, lower case, without port; a leading {@code *.} stands for any one or more labels. No hosts
 *     removes the app
 * @param backends its units; when empty, requests are answered with 503, unless the app is asleep
 * @param weights the shares of versions, 0 or more each, of which only the proportions count; empty, or without a version
 *     that has a backend and a share above 0, all backends get the same
 * @param parts names that lead to some of its units only
 * @param asleep what happens to requests for names without backends; null when the app is not asleep
 */
public record AppRoutes(
        String app,
        long epoch,
        Set<String> hosts,
        List<Backend> backends,
        Map<Integer, Integer> weights,
        List<Part> parts,
        @Nullable Asleep asleep) {
    public AppRoutes {
        hosts = Set.copyOf(hosts);
        backends = List.copyOf(backends);
        // Routes that an earlier version wrote into a file, or sends, have none of either.
        parts = List.copyOf(Objects.requireNonNullElse(parts, List.of()));
        weights = Map.copyOf(Objects.requireNonNullElse(weights, Map.of()));
        weights.forEach((version, weight) -> {
            if (weight < 0) {
                throw new IllegalArgumentException(
                        "the weight " + weight + " of version " + version + " is less than 0");
            }
        });
    }

    /** Routes of an app that is awake, has no names but its own, and whose units all get the same. */
    public AppRoutes(String app, long epoch, Set<String> hosts, List<Backend> backends) {
        this(app, epoch, hosts, backends, Map.of(), List.of(), null);
    }

    /** The same with other hosts. */
    public AppRoutes at(Set<String> others) {
        return new AppRoutes(app, epoch, others, backends, weights, parts, asleep);
    }

    /**
     * Names of a part of an app: of a version, of a process.
     *
     * @param hosts as those of the app
     * @param backends the part's units
     */
    public record Part(Set<String> hosts, List<Backend> backends) {
        public Part {
            hosts = Set.copyOf(hosts);
            backends = List.copyOf(backends);
        }
    }

    /**
     * How an app sleeps.
     *
     * @param wakes whether a request wakes it
     * @param proxy who answers meanwhile; when empty, requests are held until the app is awake
     * @param failures how many times in a row it could not be woken
     * @param retryAtMillis before that moment, in milliseconds since 1970, nobody tries to wake it again; 0 for at any time
     */
    public record Asleep(boolean wakes, List<Backend> proxy, int failures, long retryAtMillis) {
        public Asleep {
            proxy = List.copyOf(proxy);
        }

        /** Just put to sleep. */
        public Asleep(boolean wakes, List<Backend> proxy) {
            this(wakes, proxy, 0, 0);
        }

        /** After so many attempts in a row to wake it that failed. */
        public Asleep failed(int times, long nextTryMillis) {
            return new Asleep(wakes, proxy, times, nextTryMillis);
        }
    }
}
