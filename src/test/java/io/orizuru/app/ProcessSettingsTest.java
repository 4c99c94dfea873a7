package io.orizuru.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import io.orizuru.plan.Plan;
import io.orizuru.plan.PlanOverride;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessSettingsTest {
    private static final Metadata LABELED = new Metadata(List.of(new Metadata.Item("tier", "front", false)), List.of());

    private static ProcessSettings process(String name, String plan, Metadata metadata) {
        return new ProcessSettings(name, plan, metadata);
    }

    private static Plan plan(String name) {
        return new Plan(name, 0, 100, false, PlanOverride.NOTHING);
    }

    @Test
    void aChangeNamesWhatItChangesAndTheRestStays() {
        List<ProcessSettings> before =
                List.of(process("web", "c1m1", LABELED), process("worker", "c2m2", Metadata.NONE));
        assertThat(ProcessSettings.merged(before, List.of(process("worker", "c4m4", Metadata.NONE))))
                .containsExactly(process("web", "c1m1", LABELED), process("worker", "c4m4", Metadata.NONE));
        assertThat(ProcessSettings.merged(
                        before,
                        List.of(
                                process("web", "$default", Metadata.NONE),
                                process("worker", "$default", Metadata.NONE))))
                .containsExactly(process("web", "", LABELED));
        assertThat(ProcessSettings.merged(List.of(), List.of(process("web", "$default", LABELED))))
                .containsExactly(process("web", "", LABELED));
        assertThatThrownBy(() -> ProcessSettings.merged(before, List.of(process("", "c1m1", Metadata.NONE))))
                .isInstanceOf(Failure.class);
    }

    @Test
    void plansOfAReleaseReplaceThoseThatWereAndLeaveMetadata() {
        List<ProcessSettings> before =
                List.of(process("web", "c1m1", LABELED), process("worker", "c2m2", Metadata.NONE));
        assertThat(ProcessSettings.withPlans(before, Map.of())).containsExactly(process("web", "", LABELED));
        assertThat(ProcessSettings.withPlans(before, Map.of("web", plan("c4m4"), "mailer", plan("c8m8"))))
                .containsExactly(process("web", "c4m4", LABELED), process("mailer", "c8m8", Metadata.NONE));
        assertThat(ProcessSettings.withPlans(before, Map.of("web", plan("c1m1"), "worker", plan("c2m2"))))
                .isEqualTo(before);
    }
}
