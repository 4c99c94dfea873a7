package io.orizuru.canary;

import io.orizuru.router.Traffic;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Requests of some time.
 *
 * @param failures how many of them failed
 * @param latencies how many took how long, by the slots of {@link Traffic}
 */
public record Sample(long failures, List<Long> latencies) {
    private static final double SLOWEST = 0.05;

    public Sample {
        latencies = List.copyOf(latencies);
    }

    /** How many there were. */
    public long requests() {
        return latencies.stream().mapToLong(Long::longValue).sum();
    }

    /** The part that failed, 0 to 1; 0 when there were none. */
    double failedPart() {
        long requests = requests();
        return requests == 0 ? 0 : (double) failures / requests;
    }

    /** The latency that one of twenty requests had or exceeded, in milliseconds; 0 when there were none. */
    double slowestTwentiethMillis() {
        double wanted = requests() * (1 - SLOWEST);
        long below = 0;
        for (int slot = 0; slot < latencies.size(); slot++) {
            long here = latencies.get(slot);
            if (here > 0 && below + here >= wanted) {
                double from = Traffic.fromMillis(slot);
                double to = Traffic.fromMillis(slot + 1);
                return from + (to - from) * (wanted - below) / here;
            }
            below += here;
        }
        return 0;
    }

    String failedText() {
        return String.format(Locale.ROOT, "%d of %d requests (%.1f %%)", failures, requests(), failedPart() * 100);
    }

    /** For people. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d requests, %.1f %% failed, one of 20 took %.0f ms or more",
                requests(),
                failedPart() * 100,
                slowestTwentiethMillis());
    }

    static Sample of(long failures, long[] latencies) {
        return new Sample(failures, Arrays.stream(latencies).boxed().toList());
    }
}
