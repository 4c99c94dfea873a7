package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.orizuru.failure.Failure;
import io.orizuru.plan.Plan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one process of an app has of its own.
 *
 * @param plan the name of its plan; empty when it has the app's
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ProcessSettings(
        String name,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String plan,
        Metadata metadata) {
    /** As a process's plan: that of the app again. */
    private static final String APPS_PLAN = "$default";

    private static final ProcessSettings NOTHING = new ProcessSettings("", "", Metadata.NONE);

    ProcessSettings(@Nullable String name, @Nullable String plan, @Nullable Metadata metadata) {
        this.name = name == null ? "" : name;
        this.plan = plan == null ? "" : plan;
        this.metadata = metadata == null ? Metadata.NONE : metadata;
    }

    boolean hasPlan() {
        return !plan.isEmpty();
    }

    boolean isEmpty() {
        return !hasPlan() && metadata.isEmpty();
    }

    /**
     * What processes have of their own after a change; those that it does not name keep what they have.
     *
     * @throws Failure when a process has no name, or its metadata is against the rules
     */
    static List<ProcessSettings> merged(List<ProcessSettings> before, List<ProcessSettings> change) {
        Map<String, ProcessSettings> all = byName(before);
        for (ProcessSettings process : change) {
            if (process.name().isEmpty()) {
                throw Failure.invalid("empty process name is not allowed");
            }
            all.merge(process.name(), NOTHING.with(process), (old, same) -> old.with(process));
        }
        return kept(all);
    }

    /** The same processes, and those that have a plan, with these plans and no others. */
    static List<ProcessSettings> withPlans(List<ProcessSettings> before, Map<String, Plan> plans) {
        Map<String, ProcessSettings> all = byName(before);
        all.replaceAll((name, process) -> new ProcessSettings(name, "", process.metadata()));
        new TreeMap<>(plans)
                .forEach((name, plan) -> all.merge(
                        name,
                        new ProcessSettings(name, plan.name(), Metadata.NONE),
                        (old, own) -> new ProcessSettings(name, own.plan(), old.metadata())));
        return kept(all);
    }

    private ProcessSettings with(ProcessSettings change) {
        String wanted = change.hasPlan() ? change.plan() : plan;
        return new ProcessSettings(
                change.name(), wanted.equals(APPS_PLAN) ? "" : wanted, metadata.with(change.metadata()));
    }

    private static Map<String, ProcessSettings> byName(List<ProcessSettings> processes) {
        Map<String, ProcessSettings> all = new LinkedHashMap<>();
        processes.forEach(process -> all.put(process.name(), process));
        return all;
    }

    private static List<ProcessSettings> kept(Map<String, ProcessSettings> all) {
        return all.values().stream().filter(process -> !process.isEmpty()).toList();
    }
}
