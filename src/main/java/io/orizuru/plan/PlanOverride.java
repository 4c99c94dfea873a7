package io.orizuru.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What an app sets apart from its plan.
 *
 * @param memory in bytes; null leaves the plan's
 * @param cpuMilli thousandths of a core; null leaves the plan's
 * @param cpuBurst how many times its share of the processors it may take for a while; null leaves the plan's
 */
public record PlanOverride(
        @JsonProperty("memory") @Nullable Long memory,
        @JsonProperty("cpumilli") @Nullable Integer cpuMilli,

        @JsonProperty("cpuBurst") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        Double cpuBurst) {
    public static final PlanOverride NOTHING = new PlanOverride(null, null, null);

    /** With what another one says; a zero in it takes the override away. */
    public PlanOverride with(PlanOverride change) {
        return new PlanOverride(
                change.memory == null ? memory : change.memory == 0 ? null : change.memory,
                change.cpuMilli == null ? cpuMilli : change.cpuMilli == 0 ? null : change.cpuMilli,
                change.cpuBurst == null ? cpuBurst : change.cpuBurst == 0 ? null : change.cpuBurst);
    }
}
