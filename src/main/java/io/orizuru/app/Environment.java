package io.orizuru.app;

import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An app's variables, immutable. What the platform adds is not among them.
 *
 * @param variables its own, by name
 * @param binds what it has of services; their variables stand over its own
 */
public record Environment(List<Variable> variables, List<Bind> binds) {
    /**
     * The longest variable, with its name, an equals sign and the byte that ends it: no Linux starts a program with a longer
     * one (MAX_ARG_STRLEN).
     */
    private static final int LONGEST_VARIABLE = 128 << 10;

    /** Of all variables together: a quarter of what Linux starts a program with, beside what the platform adds. */
    private static final int MOST_BYTES = 512 << 10;

    public static final Environment EMPTY = new Environment(List.of(), List.of());

    public Environment {
        variables = List.copyOf(variables);
        // What was written before there were binds has none.
        binds = binds == null ? List.of() : List.copyOf(binds);
    }

    /** With a bind more, or instead of the one to the same instance. */
    public Environment bound(Bind bind) {
        List<Bind> all = new ArrayList<>(unbound(bind.service(), bind.instance()).binds);
        all.add(bind);
        bind.variables().forEach(Environment::requireShort);
        return new Environment(variables, all).requireRoom(this);
    }

    /** Without the bind to an instance. */
    public Environment unbound(String service, String instance) {
        return new Environment(
                variables,
                binds.stream()
                        .filter(bind -> !bind.service().equals(service)
                                || !bind.instance().equals(instance))
                        .toList());
    }

    /** With the variables of another one. What an app is bound to is agreed with others, and stays. */
    Environment as(Environment other) {
        return new Environment(other.variables, binds);
    }

    /** The variables that binds give, by name. */
    List<Variable> ofBinds() {
        Map<String, Variable> all = new LinkedHashMap<>();
        binds.forEach(bind -> bind.variables()
                .forEach((name, value) -> all.put(name, new Variable(name, value, "", false, bind.id()))));
        return List.copyOf(all.values());
    }

    /** With these set over those of the same names. */
    Environment with(Collection<Variable> added) {
        Map<String, Variable> all = byName(variables);
        added.forEach(variable -> {
            requireShort(variable.name(), variable.value());
            all.put(variable.name(), variable);
        });
        return new Environment(List.copyOf(all.values()), binds).requireRoom(this);
    }

    private static void requireShort(String name, String value) {
        int most = LONGEST_VARIABLE - bytes(name) - 2;
        int size = bytes(value);
        if (size > most) {
            throw Failure.invalid("the value of " + name + " has " + size
                    + " bytes; the most that a program can be started" + " with is " + most
                    + " (128 KiB with the variable's name): keep what is larger in a file or a service");
        }
    }

    /** What was too large before there was a limit may become smaller, not larger. */
    private Environment requireRoom(Environment before) {
        long size = size();
        if (size > MOST_BYTES && size > before.size()) {
            throw Failure.invalid(
                    "the app's variables would have " + size + " bytes together, with their names; the most is "
                            + MOST_BYTES + ": unset some, or keep what is large in a file or a service");
        }
        return this;
    }

    private long size() {
        long size = 0;
        for (Variable variable : variables) {
            size += bytes(variable.name()) + bytes(variable.value()) + bytes(variable.alias()) + 2;
        }
        for (Bind bind : binds) {
            for (Map.Entry<String, String> variable : bind.variables().entrySet()) {
                size += bytes(variable.getKey()) + bytes(variable.getValue()) + 2;
            }
        }
        return size;
    }

    private static int bytes(String text) {
        int bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    Environment without(Collection<String> names) {
        return new Environment(
                variables.stream()
                        .filter(variable -> !names.contains(variable.name()))
                        .toList(),
                binds);
    }

    /** The names of variables that {@code manager} looks after and that are not in {@code kept}. */
    List<String> unused(String manager, Collection<String> kept) {
        return variables.stream()
                .filter(variable -> variable.managedBy().equals(manager))
                .map(Variable::name)
                .filter(name -> !kept.contains(name))
                .toList();
    }

    /** All variables, with every alias given the value that it leads to; one that leads to nothing, or in a circle, is empty. */
    List<Variable> resolved() {
        Map<String, Variable> all = byName(variables);
        ofBinds().forEach(variable -> all.put(variable.name(), variable));
        List<Variable> resolved = new ArrayList<>();
        for (Variable variable : all.values()) {
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

    private static Map<String, Variable> byName(List<Variable> variables) {
        Map<String, Variable> all = new LinkedHashMap<>();
        variables.forEach(variable -> all.put(variable.name(), variable));
        return all;
    }
}
