package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.plan.Plan;
import io.orizuru.plan.Plans;
import io.orizuru.pool.Pool;
import io.orizuru.pool.Pools;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The plans that processes have of their own, by the names under which they are asked for. */
@ApplicationScoped
class ProcessPlans {
    private final Plans plans;
    private final Pools pools;

    ProcessPlans(Plans plans, Pools pools) {
        this.plans = plans;
        this.pools = pools;
    }

    /**
     * By process; nothing for those that have the app's plan.
     *
     * @throws Failure when there is no plan of such a name
     */
    Map<String, Plan> of(List<ProcessSettings> processes) {
        Map<String, Plan> own = new HashMap<>();
        processes.stream()
                .filter(ProcessSettings::hasPlan)
                .forEach(process -> own.put(process.name(), require(process.plan())));
        return own;
    }

    /**
     * As {@link #of}, for an app of a pool.
     *
     * @throws Failure also when the pool does not allow one of them
     */
    Map<String, Plan> in(Pool pool, List<ProcessSettings> processes) {
        Map<String, Plan> own = of(processes);
        own.values().forEach(plan -> pools.requirePlan(pool, plan.name()));
        return own;
    }

    private Plan require(String name) {
        return plans.find(name)
                .orElseThrow(() -> Failure.invalid("could not find plan \"" + name + "\": plan not found"));
    }
}
