package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AbsencesTest {
    private final Absences absences = new Absences();

    private Upstream upstream(String unit, String host) {
        return new Upstream(new Upstream.Key(unit, host, 8888), absences);
    }

    @Test
    void anAbsentUnitIsAskedOnlyWhenNobodyElseIsLeft() {
        Upstream one = upstream("one", "100.96.0.2");
        Upstream two = upstream("two", "100.96.0.3");
        BackendSet both = new BackendSet(List.of(one, two), null);
        absences.say("server", Set.of("one"));
        for (int i = 0; i < 4; i++) {
            assertThat(both.choose(List.of())).isSameAs(two);
        }
        assertThat(both.choose(List.of(two))).isSameAs(one);
        assertThat(both.choose(List.of(one, two))).isNull();
        absences.say("server", Set.of());
        assertThat(List.of(both.choose(List.of()), both.choose(List.of()))).containsExactlyInAnyOrder(one, two);
    }

    @Test
    void anAbsentUnitOfTheLoopbackIsNeverAskedForItsPortMayBeAnotherOnes() {
        BackendSet alone = new BackendSet(List.of(upstream("one", "127.0.0.1")), null);
        absences.say("server", Set.of("one"));
        assertThat(alone.choose(List.of())).isNull();
        absences.say("other server", Set.of("two"));
        assertThat(alone.choose(List.of())).isNull();
        absences.say("server", Set.of("two"));
        assertThat(alone.choose(List.of())).isNotNull();
    }
}
