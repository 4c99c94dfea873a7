package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.provision.Units;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Reports of agents, about the units of many apps at once. */
@ApplicationScoped
class UnitReports {
    private final Units units;

    UnitReports(Units units) {
        this.units = units;
    }

    /**
     * Keeps all that a report says of units, or nothing of it; answers for each, in the report's order, whether it is on
     * record. Checks of the machine itself are let pass: they tell nothing of a unit.
     */
    List<NodeStatusResource.Reported> keep(NodeStatusResource.NodeReport report) {
        List<NodeStatusResource.UnitState> states = Objects.requireNonNullElse(report.units(), List.of());
        List<String> addresses = Objects.requireNonNullElse(report.addrs(), List.of());
        if (states.isEmpty()) {
            throw addresses.isEmpty()
                    ? Failure.invalid("a report needs the addresses of a node or units")
                    : Failure.notFound("no node is known by " + String.join(", ", addresses));
        }
        Map<String, String> statuses = new HashMap<>();
        for (NodeStatusResource.UnitState state : states) {
            statuses.put(id(state), AppUnits.checkedStatus(Objects.requireNonNullElse(state.status(), "")));
        }
        Set<String> found = units.report(statuses);
        return states.stream()
                .map(state -> new NodeStatusResource.Reported(id(state), found.contains(id(state))))
                .toList();
    }

    private static String id(NodeStatusResource.UnitState state) {
        String id = state.id();
        if (id == null || id.isEmpty()) {
            throw Failure.invalid("a unit of the report has no id");
        }
        return id;
    }
}
