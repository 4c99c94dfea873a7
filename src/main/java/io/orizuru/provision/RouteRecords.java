package io.orizuru.provision;

import io.orizuru.router.Backend;
import java.util.List;
import java.util.Optional;

/** Backends as the units on record have them. Pure. */
final class RouteRecords {
    private RouteRecords() {}

    /** The backends of units; none of those that are not known to listen. */
    static List<Backend> backends(List<UnitRecord> units) {
        return units.stream().flatMap(unit -> backend(unit).stream()).toList();
    }

    static Optional<Backend> backend(UnitRecord unit) {
        String host = unit.host();
        Integer port = unit.port();
        return host == null || port == null
                ? Optional.empty()
                : Optional.of(new Backend(unit.id(), host, port, unit.version()));
    }
}
