package io.orizuru.plan;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What an app sets apart from its plan.
 *
 * @param memory in bytes; null leaves the plan's
 * @param cpuMilli thousandths of a core; null leaves the plan's
 */
public record PlanOverride(
        @JsonProperty("memory") @Nullable Long memory,
        @JsonProperty("cpumilli") @Nullable Integer cpuMilli) {
    public static final PlanOverride NOTHING = new PlanOverride(null, null);
}
