package io.orizuru.router.builtin;

import io.orizuru.router.AppRoutes;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The backends of one app and the choice among them: by weight, and of two candidates the one with less to do.
 *
 * <p>The first candidate follows the weights exactly: the multiples of the golden ratio, modulo 1, fall evenly into any
 * division of the unit interval, so that shares are right after a few requests already and no backend gets a burst. The
 * second is the next one; it is taken only when it has fewer requests under way for its weight, which corrects the
 * weights' blindness to slow backends.
 */
final class BackendSet {
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    private final Upstream[] upstreams;
    private final int[] weights;
    private final long totalWeight;
    private final @Nullable Sleep sleep;
    private final AtomicInteger turn = new AtomicInteger();

    /** The app that a name leads to sleeps. */
    record Sleep(String app, AppRoutes.Asleep as) {
        /** Whether a request is to be held until the app is awake. */
        boolean holds() {
            return as.wakes() && as.proxy().isEmpty();
        }
    }

    /** @param weights of the upstreams, each 1 or more */
    BackendSet(List<Upstream> upstreams, List<Integer> weights) {
        this(upstreams, weights, null);
    }

    /** @param sleep of the app when it has no unit here: then the upstreams are those that answer meanwhile */
    BackendSet(List<Upstream> upstreams, List<Integer> weights, @Nullable Sleep sleep) {
        this.upstreams = upstreams.toArray(Upstream[]::new);
        this.weights = weights.stream().mapToInt(Integer::intValue).toArray();
        this.totalWeight = weights.stream().mapToLong(Integer::longValue).sum();
        this.sleep = sleep;
    }

    List<Upstream> upstreams() {
        return List.of(upstreams);
    }

    /** Null when the app is awake. */
    @Nullable
    Sleep sleep() {
        return sleep;
    }

    /** One that is neither tried nor ejected; else one that is at least not tried; null when there is none. */
    @Nullable
    Upstream choose(List<Upstream> tried) {
        if (upstreams.length == 0) {
            return null;
        }
        int start = upstreams.length == 1 ? 0 : byWeight();
        int first = next(start, tried, false);
        if (first < 0) {
            first = next(start, tried, true);
            return first < 0 ? null : upstreams[first];
        }
        int second = next(first + 1, tried, false);
        return upstreams[second >= 0 && isLessBusy(second, first) ? second : first];
    }

    private int byWeight() {
        double turns = GOLDEN * Integer.toUnsignedLong(turn.getAndIncrement());
        double point = (turns - Math.floor(turns)) * totalWeight;
        for (int i = 0; i < weights.length - 1; i++) {
            point -= weights[i];
            if (point < 0) {
                return i;
            }
        }
        return weights.length - 1;
    }

    private int next(int from, List<Upstream> tried, boolean ejectedToo) {
        for (int i = 0; i < upstreams.length; i++) {
            int index = (from + i) % upstreams.length;
            Upstream candidate = upstreams[index];
            if (!tried.contains(candidate) && (ejectedToo || !candidate.isEjected())) {
                return index;
            }
        }
        return -1;
    }

    private boolean isLessBusy(int one, int other) {
        return (long) upstreams[one].inFlight() * weights[other] < (long) upstreams[other].inFlight() * weights[one];
    }
}
