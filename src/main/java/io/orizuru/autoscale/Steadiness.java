package io.orizuru.autoscale;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What keeps the number of a process's units from swinging: more come at once, fewer only when fewer have been enough for
 * a while, and not too many of them go within a minute. It begins with the number that there is, so that a server that was
 * started anew waits as long as one that watched. Not safe for threads.
 */
public final class Steadiness {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Deque<At> wanted = new ArrayDeque<>();
    private final Deque<At> removed = new ArrayDeque<>();

    private record At(long nanos, int units) {}

    /** Begins with so many units. */
    public Steadiness(int units, long nanos) {
        wanted.add(new At(nanos, units));
    }

    /**
     * How many units there should be now.
     *
     * @param units that there are
     * @param wish how many the load calls for
     * @param least bounds that hold at once
     * @param most likewise; not below {@code least}
     * @param nanos the time, of a clock that never goes back
     */
    public int next(AutoscaleSpec rule, int units, int wish, int least, int most, Duration window, long nanos) {
        int bounded = Math.clamp(wish, least, most);
        wanted.add(new At(nanos, bounded));
        forget(wanted, nanos - window.toNanos());
        forget(removed, nanos - MINUTE.toNanos());
        if (bounded >= units) {
            return bounded;
        }
        if (units > most) {
            return most;
        }
        int enough = wanted.stream().mapToInt(At::units).max().orElse(units);
        int gone = removed.stream().mapToInt(At::units).sum();
        int allowed = Math.max(0, rule.mostRemoved(units + gone) - gone);
        return Math.clamp(Math.max(enough, units - (long) allowed), bounded, units);
    }

    /** So many units were removed. */
    public void removed(int units, long nanos) {
        removed.add(new At(nanos, units));
    }

    private static void forget(Deque<At> all, long before) {
        while (!all.isEmpty() && all.getFirst().nanos() - before < 0) {
            all.removeFirst();
        }
    }
}
