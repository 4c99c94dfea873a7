package io.orizuru.autoscale;

import java.util.Collection;

/**
 * What the units of a process use.
 *
 * @param measured how many of them were measured; those that have just started were not
 * @param milli what those use together, in thousandths of a core
 */
public record Load(int measured, long milli) {
    /** Nearer to its target it is as it should be: a number that follows every breath is never right. */
    private static final double TOLERANCE = 0.1;

    public static Load of(Collection<Integer> milliOfEach) {
        return new Load(
                milliOfEach.size(),
                milliOfEach.stream().mapToLong(Integer::longValue).sum());
    }

    /** Thousandths of a core, of a unit that was measured. */
    public long average() {
        return measured == 0 ? 0 : milli / measured;
    }

    /**
     * How many units would each use the target, if the load spread evenly. Units that were not measured count so that they
     * change nothing: as idle where there are too few, as used to the target where there are too many.
     *
     * @param units that there are
     * @param targetMilli of each, in thousandths of a core
     * @return {@code units} when nothing was measured, or it is near enough
     */
    public int unitsFor(int units, int targetMilli) {
        if (measured == 0 || units == 0) {
            return units;
        }
        double ratio = (double) milli / ((double) measured * targetMilli);
        if (Math.abs(ratio - 1) <= TOLERANCE) {
            return units;
        }
        long unmeasured = Math.max(0, units - measured);
        if (ratio > 1) {
            return (int) Math.max(units, Math.min(Integer.MAX_VALUE, Math.ceilDiv(milli, (long) targetMilli)));
        }
        return (int) Math.min(units, Math.ceilDiv(milli + unmeasured * targetMilli, (long) targetMilli));
    }
}
