package io.orizuru.canary;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.router.Traffic;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {
    private final Tally tally = new Tally();

    private void see(String router, String unit, long requests, long failures) {
        List<Long> latencies = new ArrayList<>(Collections.nCopies(Traffic.SLOTS, 0L));
        latencies.set(7, requests);
        tally.see(new Traffic(router, List.of(new Traffic.OfUnit(unit, failures, latencies))));
    }

    private Sample all() {
        return tally.of(unit -> true);
    }

    @Test
    void whatWasBeforeTheFirstLookDoesNotCount() {
        see("a", "web-1", 1000, 50);
        assertThat(all().requests()).isZero();
        see("a", "web-1", 1010, 51);
        see("a", "web-1", 1010, 51);
        see("a", "web-1", 1020, 53);

        assertThat(all().requests()).isEqualTo(20);
        assertThat(all().failures()).isEqualTo(3);
    }

    @Test
    void routersAreAddedUpAndUnitsToldApart() {
        see("a", "web-1", 0, 0);
        see("b", "web-1", 100, 0);
        see("b", "web-2", 100, 0);
        see("a", "web-1", 5, 0);
        see("b", "web-1", 107, 1);
        see("b", "web-2", 101, 1);

        assertThat(tally.of("web-1"::equals).requests()).isEqualTo(12);
        assertThat(tally.of("web-2"::equals).failures()).isEqualTo(1);
    }

    @Test
    void aRouterThatBeginsAnewTakesNothingAway() {
        see("a", "web-1", 100, 9);
        see("a", "web-1", 110, 9);
        see("a", "web-1", 2, 0);
        see("a", "web-1", 5, 1);

        assertThat(all().requests()).isEqualTo(13);
        assertThat(all().failures()).isEqualTo(1);
    }
}
