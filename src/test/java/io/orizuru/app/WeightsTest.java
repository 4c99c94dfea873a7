package io.orizuru.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WeightsTest {
    private static Placement.Running running(int version, boolean routable, @Nullable Integer weight, int units) {
        return new Placement.Running(
                version, routable, weight, new TreeMap<>(Map.of("web", new Placement.Scale(units, 0, 1))));
    }

    private static final Placement SHARED =
            new Placement(List.of(running(1, true, 60, 4), running(2, true, 30, 1), running(3, true, 10, 1)));

    private static int units(Placement placement, int version) {
        return placement.version(version).orElseThrow().processes().values().stream()
                .mapToInt(Placement.Scale::units)
                .sum();
    }

    @Test
    void theRestSharesWhatAVersionLeaves() {
        assertThat(SHARED.without(3).weights()).containsExactly(entry(1, 67), entry(2, 33));
        assertThat(SHARED.routing(1, false).weights()).containsExactly(entry(2, 75), entry(3, 25));
        assertThat(SHARED.routing(1, false).version(1).orElseThrow().weight()).isNull();
        // The last one gets everything anyway.
        assertThat(SHARED.without(1).without(2).weights()).isEmpty();
    }

    @Test
    void aVersionThatComesLaterHasNoShareWhereThereAreWeights() {
        Placement more = SHARED.with(4, List.of("web"), 9);
        assertThat(more.weights()).isEqualTo(SHARED.weights());
        assertThat(more.routing(4, true).weights()).containsEntry(4, 0).containsEntry(1, 60);
        assertThat(SHARED.replacedBy(4, List.of("web"), 9).weights()).isEmpty();
    }

    @Test
    void nobodyHasAShareWhereNobodyWouldGetRequestsByIt() {
        Placement rested =
                new Placement(List.of(running(1, true, 100, 1), running(2, true, 0, 1), running(3, true, 0, 1)));

        assertThat(rested.without(1).weights()).isEmpty();
        assertThat(rested.without(1).version(2).orElseThrow().routable()).isTrue();
    }

    @Test
    void restartsAndScalingKeepTheWeights() {
        assertThat(SHARED.renewed(5).weights()).isEqualTo(SHARED.weights());
    }

    @Test
    void aVersionThatIsTriedLeavesTheOthersInTheirProportions() {
        Placement start =
                new Placement(List.of(running(1, true, 75, 4), running(2, true, 25, 2), running(3, false, null, 1)));
        Placement tried = CanaryPlacement.of(start, 3, "web", 20);

        assertThat(tried.weights()).containsExactly(entry(1, 60), entry(2, 20), entry(3, 20));
        // A fifth of six units, rounded up; the others keep theirs.
        assertThat(units(tried, 3)).isEqualTo(2);
        assertThat(units(tried, 1)).isEqualTo(4);

        Placement won = CanaryPlacement.of(start, 3, "web", 100);
        assertThat(won.versions()).hasSize(1);
        assertThat(units(won, 3)).isEqualTo(6);
        assertThat(won.weights()).isEmpty();
    }

    @Test
    void withoutWeightsTheOthersHadWhatTheirUnitsHad() {
        Placement start = new Placement(List.of(
                running(1, true, null, 3),
                running(2, true, null, 1),
                running(3, false, null, 1),
                running(4, false, null, 1)));

        assertThat(CanaryPlacement.of(start, 3, "web", 20).weights())
                .containsExactly(entry(1, 60), entry(2, 20), entry(3, 20));
        // What had no part in it stays.
        assertThat(CanaryPlacement.of(start, 3, "web", 100).version(4)).isPresent();
    }

    @Property
    void scaledPartsAreWholeAndFair(@ForAll("parts") Map<Integer, Integer> parts) {
        Map<Integer, Integer> scaled = Weights.scaled(parts, 100);
        double sum = parts.values().stream().mapToInt(Integer::intValue).sum();

        assertThat(scaled.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(100);
        scaled.forEach((version, share) -> {
            double fair = sum == 0 ? 100.0 / parts.size() : 100 * parts.getOrDefault(version, 0) / sum;
            assertThat((double) share).isBetween(fair - 1, fair + 1);
        });
    }

    @Provide
    Arbitrary<Map<Integer, Integer>> parts() {
        return Arbitraries.maps(
                        Arbitraries.integers().between(1, 50),
                        Arbitraries.integers().between(0, 100))
                .ofMinSize(1)
                .ofMaxSize(6);
    }
}
