package io.orizuru.router.builtin;

import java.util.Arrays;

/** In what order things come that each have a share. Pure. */
final class Shares {
    private Shares() {}

    /**
     * The shortest cycle of turns in which each thing comes exactly as often as its weight says, its turns spread as evenly as
     * that allows: nothing that weighs little gets its requests in bursts.
     *
     * @param weights each 1 or more
     * @return indices of the weights
     */
    static int[] cycle(int[] weights) {
        int divisor = Arrays.stream(weights).reduce(0, Shares::greatestCommonDivisor);
        int[] steps = Arrays.stream(weights).map(weight -> weight / divisor).toArray();
        int[] cycle = new int[Arrays.stream(steps).sum()];
        int[] credits = new int[steps.length];
        for (int turn = 0; turn < cycle.length; turn++) {
            int richest = 0;
            for (int i = 0; i < steps.length; i++) {
                credits[i] += steps[i];
                richest = credits[i] > credits[richest] ? i : richest;
            }
            credits[richest] -= cycle.length;
            cycle[turn] = richest;
        }
        return cycle;
    }

    private static int greatestCommonDivisor(int one, int other) {
        return other == 0 ? one : greatestCommonDivisor(other, one % other);
    }
}
