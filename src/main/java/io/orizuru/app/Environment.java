package io.orizuru.app;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An app's own variables, by name, immutable. What the platform adds is not among them. */
public record Environment(List<Variable> variables) {
    public static final Environment EMPTY = new Environment(List.of());

    public Environment {
        variables = List.copyOf(variables);
    }

    /** With these set over those of the same names. */
    Environment with(Collection<Variable> added) {
        Map<String, Variable> all = byName();
        added.forEach(variable -> all.put(variable.name(), variable));
        return new Environment(List.copyOf(all.values()));
    }

    Environment without(Collection<String> names) {
        return new Environment(variables.stream()
                .filter(variable -> !names.contains(variable.name()))
                .toList());
    }

    /** The names of variables that {@code manager} looks after and that are not in {@code kept}. */
    List<String> unused(String manager, Collection<String> kept) {
        return variables.stream()
                .filter(variable -> variable.managedBy().equals(manager))
                .map(Variable::name)
                .filter(name -> !kept.contains(name))
                .toList();
    }

    /** With every alias given the value that it leads to; one that leads to nothing, or in a circle, is empty. */
    List<Variable> resolved() {
        Map<String, Variable> all = byName();
        List<Variable> resolved = new ArrayList<>();
        for (Variable variable : variables) {
            resolved.add(variable.alias().isEmpty() ? variable : variable.withValue(follow(variable, all)));
        }
        return resolved;
    }

    private static String follow(Variable start, Map<String, Variable> all) {
        Set<String> seen = new HashSet<>();
        Variable current = start;
        while (!current.alias().isEmpty()) {
            Variable next = all.get(current.alias());
            if (next == null || !seen.add(current.name())) {
                return "";
            }
            current = next;
        }
        return current.value();
    }

    private Map<String, Variable> byName() {
        Map<String, Variable> all = new LinkedHashMap<>();
        variables.forEach(variable -> all.put(variable.name(), variable));
        return all;
    }
}
