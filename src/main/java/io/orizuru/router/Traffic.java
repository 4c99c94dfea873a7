package io.orizuru.router;

import java.util.List;

/**
 * What a router saw of requests to units. All numbers only grow, for as long as the router's process lives and knows the
 * unit.
 *
 * @param router tells one life of one router from all others
 */
public record Traffic(String router, List<OfUnit> units) {
    /** How many slots latencies are counted in; what takes longer than the last one's bound is in the last one. */
    public static final int SLOTS = 72;

    /** Slots of which each doubling of the latency has so many are about a fifth wide. */
    private static final int PER_DOUBLING = 4;

    private static final long SHORTEST_NANOS = 250_000;

    public Traffic {
        units = List.copyOf(units);
    }

    /**
     * Requests to one unit.
     *
     * @param failures requests that it answered with 5xx, or not at all, or broke off
     * @param latencies how many requests were answered how fast, until the answer's head, by {@link #slot}; requests
     *     that were not answered are in it by the time after which that was known, so the sum is the number of requests
     */
    public record OfUnit(String unit, long failures, List<Long> latencies) {
        public OfUnit {
            latencies = List.copyOf(latencies);
        }
    }

    /** The slot of a latency: the first is up to 250 µs, four make twice as much, the last is beyond 46 s. */
    public static int slot(long nanos) {
        if (nanos <= SHORTEST_NANOS) {
            return 0;
        }
        // Whole doublings first, by the position of the highest bit: no logarithm is taken for a request.
        long ratio = nanos / SHORTEST_NANOS;
        int doublings = 63 - Long.numberOfLeadingZeros(ratio);
        long base = SHORTEST_NANOS << doublings;
        int part = (int) ((nanos - base) * PER_DOUBLING / base);
        return Math.min(1 + doublings * PER_DOUBLING + part, SLOTS - 1);
    }

    /** The latency at which a slot begins, in milliseconds. */
    public static double fromMillis(int slot) {
        if (slot == 0) {
            return 0;
        }
        int doublings = (slot - 1) / PER_DOUBLING;
        int part = (slot - 1) % PER_DOUBLING;
        return (SHORTEST_NANOS << doublings) * (1 + part / (double) PER_DOUBLING) / 1e6;
    }
}
