package io.orizuru.pool;

import io.orizuru.failure.Failure;
import io.orizuru.plan.Plan;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * How far apps of a pool may depart from their plans: to what the largest of the pool's plans gives, and no further. Who bounds
 * plans by a constraint of the pool bounds overrides with that.
 *
 * @param memory in bytes; 0 for any amount, as a plan without a limit gives
 * @param cpuMilli thousandths of a core; 0 for any amount
 */
record OverrideLimit(long memory, long cpuMilli) {
    /** @param plans those that the pool lets in */
    static OverrideLimit of(List<Plan> plans) {
        return new OverrideLimit(largest(plans, Plan::memory), largest(plans, Plan::cpuMilli));
    }

    /** Without any plan nothing is let in, so the least that there is. */
    private static long largest(List<Plan> plans, ToLongFunction<Plan> size) {
        boolean unlimited = plans.stream().mapToLong(size).anyMatch(value -> value == 0);
        return unlimited ? 0 : plans.stream().mapToLong(size).max().orElse(1);
    }

    /**
     * Refuses a plan whose override goes beyond.
     *
     * @throws Failure invalid
     */
    void require(String pool, Plan plan) {
        Long ownMemory = plan.override().memory();
        if (ownMemory != null && memory > 0 && ownMemory > memory) {
            throw beyond(pool, "memory", ownMemory + " bytes", memory + " bytes");
        }
        Integer ownCpu = plan.override().cpuMilli();
        if (ownCpu != null && cpuMilli > 0 && ownCpu > cpuMilli) {
            throw beyond(pool, "cpumilli", String.valueOf(ownCpu), String.valueOf(cpuMilli));
        }
        Double burst = plan.override().cpuBurst();
        if (burst != null && cpuMilli > 0 && burst * plan.effectiveCpuMilli() > cpuMilli) {
            throw beyond(
                    pool,
                    "cpuBurst",
                    burst + " times " + plan.effectiveCpuMilli() + " thousandths of a core",
                    cpuMilli + " thousandths");
        }
    }

    private static Failure beyond(String pool, String field, String wanted, String most) {
        return Failure.invalid("the " + field + " of the plan override is " + wanted + ", more than the " + most
                + " of the largest plan that the pool \"" + pool
                + "\" lets in; take less, or have a larger plan let in by the pool's constraint \"plan\"");
    }
}
