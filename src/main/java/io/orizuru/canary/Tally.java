package io.orizuru.canary;

import io.orizuru.router.Traffic;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what routers count from some moment on. Routers tell numbers that only grow, so what each told first is where it
 * began; one that was started anew is another one.
 */
public final class Tally {
    private final Map<Source, Traffic.OfUnit> last = new HashMap<>();
    private final Map<String, Growth> growth = new HashMap<>();

    private record Source(String router, String unit) {}

    private static final class Growth {
        private long failures;
        private final long[] latencies = new long[Traffic.SLOTS];

        private void add(Traffic.OfUnit before, Traffic.OfUnit now) {
            failures += now.failures() - before.failures();
            int slots = Math.min(
                    Math.min(latencies.length, now.latencies().size()),
                    before.latencies().size());
            for (int slot = 0; slot < slots; slot++) {
                latencies[slot] +=
                        now.latencies().get(slot) - before.latencies().get(slot);
            }
        }
    }

    /** Takes in what a router tells now. */
    public void see(Traffic traffic) {
        for (Traffic.OfUnit now : traffic.units()) {
            Traffic.@Nullable OfUnit before = last.put(new Source(traffic.router(), now.unit()), now);
            if (before != null && !isLess(now, before)) {
                growth.computeIfAbsent(now.unit(), unit -> new Growth()).add(before, now);
            }
        }
    }

    /** A router forgets a unit that it has no routes to; what it tells afterwards begins anew. */
    private static boolean isLess(Traffic.OfUnit now, Traffic.OfUnit before) {
        return sum(now) < sum(before) || now.failures() < before.failures();
    }

    private static long sum(Traffic.OfUnit unit) {
        return unit.latencies().stream().mapToLong(Long::longValue).sum();
    }

    /** What units got together since the first look. */
    public Sample of(Predicate<String> units) {
        long failures = 0;
        long[] latencies = new long[Traffic.SLOTS];
        for (Map.Entry<String, Growth> each : growth.entrySet()) {
            if (units.test(each.getKey())) {
                failures += each.getValue().failures;
                for (int slot = 0; slot < latencies.length; slot++) {
                    latencies[slot] += each.getValue().latencies[slot];
                }
            }
        }
        return Sample.of(failures, latencies);
    }
}
