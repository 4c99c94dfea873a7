package io.orizuru.provision.process;

import java.time.Duration;

/**
 * How much processor time a unit had used at a moment, and what that comes to since the moment before.
 *
 * @param nanoTime the moment, by {@link System#nanoTime}; 0 for none yet
 * @param cpu used until then
 * @param cpuMilli thousandths of a core over the last whole interval, 0 until there is one
 */
record Sample(long nanoTime, Duration cpu, int cpuMilli) {
    static final Sample NONE = new Sample(0, Duration.ZERO, 0);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    /** A new one when the interval is over, else this one. */
    Sample next(ControlGroup group) {
        long now = System.nanoTime();
        if (nanoTime == 0) {
            return new Sample(now, group.cpu(), 0);
        }
        long passed = now - nanoTime;
        if (passed < INTERVAL.toNanos()) {
            return this;
        }
        Duration used = group.cpu();
        long milli = Math.max(0, used.minus(cpu).toNanos()) * 1000 / passed;
        return new Sample(now, used, (int) Math.min(Integer.MAX_VALUE, milli));
    }
}
