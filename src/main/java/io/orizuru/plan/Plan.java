package io.orizuru.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How much a unit gets. An app has a copy of its own, with what it overrides.
 *
 * @param name unique
 * @param memory in bytes, 0 for no limit
 * @param cpuMilli thousandths of a core, 0 for no limit
 * @param isDefault whether apps get it when they ask for none
 * @param override what an app sets apart from its plan; both null for nothing
 */
public record Plan(
        @JsonProperty("name") String name,
        @JsonProperty("memory") long memory,
        @JsonProperty("cpumilli") int cpuMilli,

        @JsonProperty("default") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        boolean isDefault,

        @JsonProperty("override") PlanOverride override) {

    /** With something set apart from the plan. */
    public Plan with(PlanOverride other) {
        return new Plan(name, memory, cpuMilli, isDefault, other);
    }

    /** In bytes, the override counted; 0 for no limit. */
    public long effectiveMemory() {
        return override.memory() == null ? memory : override.memory();
    }

    /** Thousandths of a core, the override counted; 0 for no limit. */
    public int effectiveCpuMilli() {
        return override.cpuMilli() == null ? cpuMilli : override.cpuMilli();
    }

    /** Of old: always 0, clients of the first version read it. */
    @JsonProperty("swap")
    long swap() {
        return 0;
    }

    /** Of old: always 0, clients of the first version read it. */
    @JsonProperty("cpushare")
    int cpuShare() {
        return 0;
    }
}
