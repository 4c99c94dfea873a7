package io.orizuru.autoscale;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What units used between two looks, of the processor time that each has used since its start. Not safe for threads. */
public final class CpuMeter {
    private Map<String, Sample> before = new HashMap<>();

    private record Sample(Duration cpu, long nanos) {}

    /**
     * Looks.
     *
     * @param used processor time by unit
     * @param nanos the time, of a clock that never goes back
     * @return by unit, thousandths of a core on average since the last look; none for those that were not there then, or
     *     have started again
     */
    public Map<String, Integer> look(Map<String, Duration> used, long nanos) {
        Map<String, Sample> now = new HashMap<>();
        Map<String, Integer> milli = new HashMap<>();
        used.forEach((unit, cpu) -> {
            now.put(unit, new Sample(cpu, nanos));
            Sample last = before.get(unit);
            if (last != null && nanos > last.nanos() && cpu.compareTo(last.cpu()) >= 0) {
                double share = (double) cpu.minus(last.cpu()).toNanos() / (nanos - last.nanos());
                milli.put(unit, (int) Math.min(Integer.MAX_VALUE, Math.round(share * 1000)));
            }
        });
        before = now;
        return milli;
    }

    /** Those of the units that were measured. */
    public static List<Integer> of(Map<String, Integer> milli, List<String> units) {
        List<Integer> found = new ArrayList<>();
        for (String unit : units) {
            Integer used = milli.get(unit);
            if (used != null) {
                found.add(used);
            }
        }
        return found;
    }
}
