package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.event.Data;
import io.orizuru.plan.Plan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How two releases of an app differ. Null on one side: it is not there. Values of private variables are never shown; that
 * one changed is.
 *
 * @param from the number of the release before, 0 for none
 * @param to the number of the one after; null when it is not made yet
 * @param versions the versions that run
 * @param environment variables that differ, by name; those of binds among them
 * @param binds what the app is bound to, as {@code service/instance}
 * @param plan how much units get
 * @param processPlans plans of processes that have one of their own, by process
 * @param units how many units run, by version and process
 * @param asleep how many units sleep until somebody wants them, by version and process
 * @param routes which versions get requests, and their weights
 * @param renewed processes whose units are replaced by new ones, by version and process
 */
record ReleaseDiff(
        int from,
        @Nullable Integer to,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Change<List<Integer>> versions,
        List<Named<String>> environment,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Change<List<String>> binds,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Change<Plan> plan,
        List<Named<String>> processPlans,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Change<String> pool,
        List<Named<Integer>> units,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Named<Integer>> asleep,
        List<Named<Routing>> routes,
        List<String> renewed) {

    /** What was, and what is. */
    record Change<T>(@Nullable T before, @Nullable T after) {
        static <T> @Nullable Change<T> of(@Nullable T before, @Nullable T after) {
            return Objects.equals(before, after) ? null : new Change<>(before, after);
        }
    }

    /** What was and what is of something that has a name. */
    record Named<T>(
            String name, @Nullable T before, @Nullable T after) {}

    /** Whether a version gets requests, and its share in percent; null when no weights are set. */
    record Routing(boolean routable, @Nullable Integer weight) {}

    /**
     * What a change would do.
     *
     * @param ifRelease the number to give with the real call, which is refused when the app has changed meanwhile
     */
    record Preview(@JsonProperty("if-release") int ifRelease, ReleaseDiff changes) {}

    static Preview preview(Release current, Release next) {
        return new Preview(current.number(), of(current, next, null));
    }

    static ReleaseDiff of(Release before, Release after, @Nullable Integer to) {
        return new ReleaseDiff(
                before.number(),
                to,
                Change.of(versions(before), versions(after)),
                environment(before, after),
                Change.of(binds(before), binds(after)),
                Change.of(before.plan(), after.plan()),
                named(plans(before), plans(after)),
                Change.of(before.pool(), after.pool()),
                named(units(before), units(after)),
                named(asleep(before), asleep(after)),
                named(routes(before), routes(after)),
                renewed(before, after));
    }

    private static List<Integer> versions(Release release) {
        return release.placement().versions().stream()
                .map(Placement.Running::version)
                .toList();
    }

    private static List<String> binds(Release release) {
        return release.environment().binds().stream().map(Bind::id).sorted().toList();
    }

    private static Map<String, String> plans(Release release) {
        Map<String, String> plans = new TreeMap<>();
        release.processPlans().forEach((process, plan) -> plans.put(process, plan.name()));
        return plans;
    }

    private static Map<String, Placement.Scale> scales(Release release) {
        Map<String, Placement.Scale> scales = new TreeMap<>();
        for (Placement.Running running : release.placement().versions()) {
            running.processes().forEach((process, scale) -> scales.put("v" + running.version() + " " + process, scale));
        }
        return scales;
    }

    private static Map<String, Integer> units(Release release) {
        Map<String, Integer> units = new TreeMap<>();
        scales(release).forEach((process, scale) -> units.put(process, scale.units()));
        return units;
    }

    private static Map<String, Integer> asleep(Release release) {
        Map<String, Integer> asleep = new TreeMap<>();
        scales(release).forEach((process, scale) -> {
            if (scale.asleep()) {
                asleep.put(process, scale.pastUnits());
            }
        });
        return asleep;
    }

    private static Map<String, Routing> routes(Release release) {
        Map<String, Routing> routes = new TreeMap<>();
        for (Placement.Running running : release.placement().versions()) {
            routes.put("v" + running.version(), new Routing(running.routable(), running.weight()));
        }
        return routes;
    }

    private static List<String> renewed(Release before, Release after) {
        Map<String, Placement.Scale> old = scales(before);
        List<String> renewed = new ArrayList<>();
        scales(after).forEach((process, scale) -> {
            Placement.Scale was = old.get(process);
            if (was != null && was.generation() != scale.generation() && scale.units() > 0) {
                renewed.add(process);
            }
        });
        return renewed;
    }

    private static <T> List<Named<T>> named(Map<String, T> before, Map<String, T> after) {
        Set<String> names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(before.get(name), after.get(name)))
                .map(name -> new Named<T>(name, before.get(name), after.get(name)))
                .toList();
    }

    /** What is private on one side is shown on neither. */
    private static List<Named<String>> environment(Release before, Release after) {
        return named(variables(before), variables(after)).stream()
                .map(changed -> {
                    boolean shown = isPublic(changed.before()) && isPublic(changed.after());
                    return new Named<>(changed.name(), shown(changed.before(), shown), shown(changed.after(), shown));
                })
                .toList();
    }

    private static boolean isPublic(@Nullable Variable variable) {
        return variable == null || variable.isPublic();
    }

    private static Map<String, Variable> variables(Release release) {
        Map<String, Variable> all = new LinkedHashMap<>();
        release.environment().variables().forEach(variable -> all.put(variable.name(), variable));
        release.environment().ofBinds().forEach(variable -> all.put(variable.name(), variable));
        return all;
    }

    private static @Nullable String shown(@Nullable Variable variable, boolean shown) {
        if (variable == null) {
            return null;
        }
        if (!shown) {
            return Data.MASKED;
        }
        return variable.alias().isEmpty() ? variable.value() : "the value of " + variable.alias();
    }
}
