package io.orizuru.provision;

import io.orizuru.router.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Backends as the units on record have them. Pure. */
final class RouteRecords {
    private RouteRecords() {}

    /** The backends of all units that requests go to, each with its version's weight. */
    static List<Backend> backends(List<UnitRecord> units, Desired desired) {
        return backends(units, unit -> desired.processOf(unit)
                .map(Desired.DesiredProcess::weight)
                .orElse(1));
    }

    static List<Backend> backends(List<UnitRecord> units, ToIntFunction<UnitRecord> weight) {
        List<Backend> backends = new ArrayList<>();
        for (UnitRecord unit : units) {
            if (unit.routed()) {
                backend(unit, weight.applyAsInt(unit)).ifPresent(backends::add);
            }
        }
        return backends;
    }

    static Optional<Backend> backend(UnitRecord unit, int weight) {
        String host = unit.host();
        Integer port = unit.port();
        return host == null || port == null
                ? Optional.empty()
                : Optional.of(new Backend(unit.id(), host, port, weight));
    }
}
