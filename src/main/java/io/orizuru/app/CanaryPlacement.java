package io.orizuru.app;

import java.util.List;
import java.util.Objects;

/** What should run while a version gets more and more of an app's requests. Pure. */
final class CanaryPlacement {
    private CanaryPlacement() {}

    /**
     * The placement in which a version gets a share. Its units grow with the share, so that those that there are can bear it;
     * those of the others stay, so that they can take everything back at once. With all requests it takes the others' place,
     * as a deploy would, with as many units of each process as they had.
     *
     * @param start what ran before the first step
     * @param percent 1 to 100
     */
    static Placement of(Placement start, int version, String process, int percent) {
        if (percent == Weights.ALL) {
            return instead(start, version);
        }
        int share = (units(start, version, process) * percent + Weights.ALL - 1) / Weights.ALL;
        return start.weighing(version, percent)
                .map((number, name) -> number == version && name.equals(process), scale -> atLeast(scale, share));
    }

    private static Placement instead(Placement start, int version) {
        Placement placement = start;
        for (Placement.Running old : before(start, version)) {
            placement = placement.without(old.version());
        }
        for (String process : start.version(version).orElseThrow().processes().keySet()) {
            int units = units(start, version, process);
            placement = placement.map(
                    (number, name) -> number == version && name.equals(process), scale -> atLeast(scale, units));
        }
        return placement.routing(version, true);
    }

    private static Placement.Scale atLeast(Placement.Scale scale, int units) {
        return units <= scale.units() ? scale : new Placement.Scale(units, 0, scale.generation());
    }

    /** The versions that get requests besides it. */
    static List<Placement.Running> before(Placement placement, int version) {
        return placement.versions().stream()
                .filter(running -> running.routable() && running.version() != version)
                .toList();
    }

    /** How many units of a process those have together. */
    static int units(Placement placement, int version, String process) {
        return before(placement, version).stream()
                .map(running -> running.processes().get(process))
                .filter(Objects::nonNull)
                .mapToInt(Placement.Scale::units)
                .sum();
    }
}
