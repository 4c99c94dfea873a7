package io.orizuru.router;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class TrafficTest {
    @Property
    void aLatencyIsWithinTheBoundsOfItsSlot(@ForAll @LongRange(min = 1, max = 60_000_000_000L) long nanos) {
        int slot = Traffic.slot(nanos);
        double millis = nanos / 1e6;

        assertThat(slot).isBetween(0, Traffic.SLOTS - 1);
        assertThat(millis).isGreaterThanOrEqualTo(Traffic.fromMillis(slot));
        if (slot < Traffic.SLOTS - 1) {
            assertThat(millis).isLessThanOrEqualTo(Traffic.fromMillis(slot + 1));
        }
    }

    @Test
    void slotsAreAFifthWideAndReachFarEnough() {
        for (int slot = 2; slot < Traffic.SLOTS; slot++) {
            assertThat(Traffic.fromMillis(slot) / Traffic.fromMillis(slot - 1)).isBetween(1.1, 1.26);
        }
        assertThat(Traffic.fromMillis(Traffic.SLOTS - 1)).isBetween(40_000.0, 60_000.0);
        assertThat(Traffic.slot(Long.MAX_VALUE)).isEqualTo(Traffic.SLOTS - 1);
        assertThat(Traffic.slot(0)).isZero();
    }
}
