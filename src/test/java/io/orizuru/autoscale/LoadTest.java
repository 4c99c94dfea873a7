package io.orizuru.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadTest {
    private static final int TARGET = 500;

    @ParameterizedTest(name = "{0} units, {1} measured, {2}m together: {3}")
    @CsvSource({
        // As it should be, within a tenth.
        "2, 2, 1000, 2",
        "2, 2, 1099, 2",
        "2, 2, 901, 2",
        // In proportion, rounded up.
        "2, 2, 1101, 3",
        "2, 2, 2000, 4",
        "1, 1, 5000, 10",
        "4, 4, 1000, 2",
        "4, 4, 1001, 3",
        "4, 4, 0, 0",
        // Those that have just started are idle where there are too few, and used where there are too many.
        "4, 1, 1000, 4",
        "4, 2, 3000, 6",
        "4, 2, 100, 3",
        "4, 1, 0, 3",
        // Nothing is known.
        "3, 0, 0, 3",
        "0, 0, 0, 0"
    })
    void asManyUnitsAreWantedAsWouldUseTheTarget(int units, int measured, long milli, int wanted) {
        assertThat(new Load(measured, milli).unitsFor(units, TARGET)).isEqualTo(wanted);
    }

    @Test
    void aUnitIsMeasuredBetweenTwoLooks() {
        CpuMeter meter = new CpuMeter();
        assertThat(meter.look(Map.of("a", Duration.ofSeconds(40), "b", Duration.ofSeconds(5)), 0))
                .isEmpty();
        Map<String, Integer> milli = meter.look(
                Map.of("a", Duration.ofSeconds(45), "b", Duration.ofSeconds(1), "c", Duration.ofSeconds(9)),
                Duration.ofSeconds(10).toNanos());
        // b was started again, c is new.
        assertThat(milli).isEqualTo(Map.of("a", 500));
        assertThat(CpuMeter.of(milli, List.of("a", "b", "d"))).containsExactly(500);
        assertThat(Load.of(List.of(500, 300))).isEqualTo(new Load(2, 800));
        assertThat(new Load(2, 800).average()).isEqualTo(400);
    }
}
