package io.orizuru.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.autoscale.AutoscaleSpec;
import io.orizuru.plan.Plan;
import io.orizuru.plan.PlanOverride;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AutoscalingTest {
    private static final Placement.Scale ONE = new Placement.Scale(1, 0, 1);

    private static Plan plan(int cpuMilli) {
        return new Plan("c" + cpuMilli, 0, cpuMilli, false, PlanOverride.NOTHING);
    }

    private static AutoscaleSpec half(String process) {
        return new AutoscaleSpec(process, 1, 3, "50%", null, null, 0, null);
    }

    /** On a plan of 1000m, its worker on one of 200m. */
    private static Release release(String... processes) {
        TreeMap<String, Placement.Scale> scales =
                Stream.of(processes).collect(Collectors.toMap(name -> name, name -> ONE, (a, b) -> a, TreeMap::new));
        Placement placement = new Placement(List.of(new Placement.Running(1, true, null, scales)));
        return new Release("app", 1, "", Environment.EMPTY, placement, plan(1000), "pool", Map.of("worker", plan(200)));
    }

    @Test
    void aTargetIsAShareOfWhatTheProcessItselfMayUse() {
        Release release = release("web", "worker");
        assertThat(half("web").targetMilli(Autoscaling.cpuMilli(release, half("web"))))
                .isEqualTo(500);
        assertThat(half("worker").targetMilli(Autoscaling.cpuMilli(release, half("worker"))))
                .isEqualTo(100);
    }

    @Test
    void theOnlyProcessNeedsNoName() {
        assertThat(Autoscaling.cpuMilli(release("worker"), half(""))).isEqualTo(200);
        assertThat(Autoscaling.cpuMilli(release("web", "worker"), half(""))).isEqualTo(1000);
    }
}
