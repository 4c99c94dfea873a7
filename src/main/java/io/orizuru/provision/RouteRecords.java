package io.orizuru.provision;

import io.orizuru.router.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Backends as the units on record have them. Pure. */
final class RouteRecords {
    private RouteRecords() {}

    /** The backends of units, each with its version's weight; none of those that are not known to listen. */
    static List<Backend> backends(List<UnitRecord> units, ToIntFunction<UnitRecord> weight) {
        List<Backend> backends = new ArrayList<>();
        for (UnitRecord unit : units) {
            backend(unit, weight.applyAsInt(unit)).ifPresent(backends::add);
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
