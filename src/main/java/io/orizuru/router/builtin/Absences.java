package io.orizuru.router.builtin;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Units whose processes have ended, as those say who watch them. They get no requests, and need not be asked to find out.
 * What is not said again counts no more: who said so may have died, and the unit be back.
 */
final class Absences {
    /** A server says it again every second. */
    private static final Duration VALID = Duration.ofSeconds(10);

    private record Said(Set<String> units, long until) {}

    private volatile Map<String, Said> said = Map.of();

    /**
     * All the units that somebody knows to be absent now.
     *
     * @param teller who says so, and may say something else later
     */
    synchronized void say(String teller, Set<String> units) {
        Map<String, Said> next = new HashMap<>(said);
        if (units.isEmpty()) {
            next.remove(teller);
        } else {
            next.put(teller, new Said(Set.copyOf(units), System.nanoTime() + VALID.toNanos()));
        }
        said = Map.copyOf(next);
    }

    boolean has(String unit) {
        Map<String, Said> now = said;
        if (now.isEmpty()) {
            return false;
        }
        for (Said each : now.values()) {
            if (each.units().contains(unit) && System.nanoTime() - each.until() < 0) {
                return true;
            }
        }
        return false;
    }
}
