package io.orizuru.router.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SharesTest {
    @Test
    void a_cycle_is_as_short_as_the_weights_allow() {
        assertThat(Shares.cycle(new int[] {95, 5})).hasSize(20);
        assertThat(Shares.cycle(new int[] {50, 50})).containsExactly(0, 1);
        assertThat(Shares.cycle(new int[] {7})).containsExactly(0);
        assertThat(Shares.cycle(new int[] {50, 25, 25})).containsExactly(0, 1, 2, 0);
    }

    @Property(tries = 200)
    void each_comes_exactly_by_its_weight_and_never_long_after_its_turn(@ForAll("weights") List<Integer> weights) {
        int[] cycle = Shares.cycle(weights.stream().mapToInt(Integer::intValue).toArray());
        int sum = weights.stream().mapToInt(Integer::intValue).sum();
        for (int each = 0; each < weights.size(); each++) {
            int index = each;
            List<Integer> places = new ArrayList<>();
            for (int turn = 0; turn < cycle.length; turn++) {
                if (cycle[turn] == index) {
                    places.add(turn);
                }
            }
            assertThat((long) places.size() * sum)
                    .as(Arrays.toString(cycle))
                    .isEqualTo((long) weights.get(index) * cycle.length);
            for (int turn = 1; turn < places.size(); turn++) {
                // Twice the fair distance at most, and one for each other thing whose turn it is at the same moment.
                assertThat(places.get(turn) - places.get(turn - 1))
                        .as(Arrays.toString(cycle))
                        .isLessThanOrEqualTo(2 * sum / weights.get(index) + weights.size());
            }
        }
    }

    @Provide
    Arbitrary<List<Integer>> weights() {
        return Arbitraries.integers().between(1, 100).list().ofMinSize(1).ofMaxSize(5);
    }
}
