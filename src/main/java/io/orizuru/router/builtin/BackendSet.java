package io.orizuru.router.builtin;

import io.orizuru.router.AppRoutes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one app and the choice among them: of a version by the weights, and of its backends in turn, but of two
 * candidates the one with less to do.
 *
 * <p>Versions come as often as their weights say in each cycle of the {@link Shares}, however busy they are. A version
 * of which nothing is left to try gives its turn to another one that has a weight, so that a request is served wherever it
 * can be.
 */
final class BackendSet {
    private static final Upstream.Use[] USES = Upstream.Use.values();

    private final List<Upstream> upstreams;
    private final Group[] groups;
    private final int[] cycle;
    private final AtomicInteger turn = new AtomicInteger();
    private final @Nullable Sleep sleep;
    private final boolean measured;

    /** The app that a name leads to sleeps. */
    record Sleep(String app, AppRoutes.Asleep as) {
        /** Whether a request is to be held until the app is awake. */
        boolean holds() {
            return as.wakes() && as.proxy().isEmpty();
        }
    }

    /**
     * Of versions that share the requests for an app.
     *
     * @param versions of the upstreams
     * @param weights by version, 0 or more; those that are not there have 0. Without any above 0 that an upstream has, all
     *     upstreams are as one version
     */
    BackendSet(List<Upstream> upstreams, List<Integer> versions, Map<Integer, Integer> weights) {
        this(upstreams, versions, weights, null, true);
    }

    /** Of a part of an app, or of those that answer for it while it sleeps: they share nothing, and are not compared. */
    BackendSet(List<Upstream> upstreams, @Nullable Sleep sleep) {
        this(upstreams, List.of(), Map.of(), sleep, false);
    }

    private BackendSet(
            List<Upstream> upstreams,
            List<Integer> versions,
            Map<Integer, Integer> weights,
            @Nullable Sleep sleep,
            boolean measured) {
        this.sleep = sleep;
        this.measured = measured;
        this.upstreams = List.copyOf(upstreams);
        Map<Integer, List<Upstream>> shared = new TreeMap<>();
        for (int i = 0; i < upstreams.size(); i++) {
            if (!weights.isEmpty() && weights.getOrDefault(versions.get(i), 0) > 0) {
                shared.computeIfAbsent(versions.get(i), version -> new ArrayList<>())
                        .add(upstreams.get(i));
            }
        }
        if (shared.isEmpty()) {
            this.groups = new Group[] {new Group(this.upstreams)};
            this.cycle = new int[] {0};
        } else {
            this.groups = shared.values().stream().map(Group::new).toArray(Group[]::new);
            this.cycle =
                    Shares.cycle(shared.keySet().stream().mapToInt(weights::get).toArray());
        }
    }

    /** All of them, those without a share too. */
    List<Upstream> upstreams() {
        return upstreams;
    }

    /** Null when the app is awake. */
    @Nullable
    Sleep sleep() {
        return sleep;
    }

    /** Whether requests that come by its names count where versions are compared. */
    boolean isMeasured() {
        return measured;
    }

    /** One that is not tried, as good as there is; null when there is none. */
    @Nullable
    Upstream choose(List<Upstream> tried) {
        int first = groups.length == 1 ? 0 : cycle[Integer.remainderUnsigned(turn.getAndIncrement(), cycle.length)];
        for (Upstream.Use use : USES) {
            Upstream chosen = choose(first, tried, use);
            if (chosen != null) {
                return chosen;
            }
        }
        return null;
    }

    private @Nullable Upstream choose(int first, List<Upstream> tried, Upstream.Use use) {
        for (int i = 0; i < groups.length; i++) {
            Upstream chosen = groups[(first + i) % groups.length].choose(tried, use);
            if (chosen != null) {
                return chosen;
            }
        }
        return null;
    }

    /** Backends that are equal. */
    private static final class Group {
        private final Upstream[] upstreams;
        private final AtomicInteger turn = new AtomicInteger();

        private Group(List<Upstream> upstreams) {
            this.upstreams = upstreams.toArray(Upstream[]::new);
        }

        private @Nullable Upstream choose(List<Upstream> tried, Upstream.Use use) {
            if (upstreams.length == 0) {
                return null;
            }
            int start = upstreams.length == 1 ? 0 : Integer.remainderUnsigned(turn.getAndIncrement(), upstreams.length);
            int first = next(start, tried, use);
            if (first < 0) {
                return null;
            }
            int second = next(first + 1, tried, use);
            boolean lessBusy = second >= 0 && upstreams[second].inFlight() < upstreams[first].inFlight();
            return upstreams[lessBusy ? second : first];
        }

        private int next(int from, List<Upstream> tried, Upstream.Use use) {
            for (int i = 0; i < upstreams.length; i++) {
                int index = (from + i) % upstreams.length;
                Upstream candidate = upstreams[index];
                if (!tried.contains(candidate) && candidate.allows(use)) {
                    return index;
                }
            }
            return -1;
        }

        @Override
        public String toString() {
            return Arrays.toString(upstreams);
        }
    }
}
