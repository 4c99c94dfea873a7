package io.orizuru.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SteadinessTest {
    private static final Duration WINDOW = Duration.ofSeconds(60);

    private static AutoscaleSpec rule(@Nullable Integer mostPerMinute) {
        return new AutoscaleSpec(
                "web",
                1,
                10,
                "50%",
                null,
                null,
                1,
                new AutoscaleSpec.Behavior(new AutoscaleSpec.ScaleDown(null, null, mostPerMinute)));
    }

    private static long at(int seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    private static int next(Steadiness steadiness, int units, int wish, int seconds) {
        return steadiness.next(rule(null), units, wish, 1, 10, WINDOW, at(seconds));
    }

    @Test
    void moreComeAtOnceAndNeverMoreThanTheMost() {
        assertThat(next(new Steadiness(2, 0), 2, 7, 1)).isEqualTo(7);
        assertThat(next(new Steadiness(2, 0), 2, 70, 1)).isEqualTo(10);
    }

    @Test
    void fewerComeOnlyWhenFewerHaveBeenEnoughForTheWholeWindow() {
        Steadiness steadiness = new Steadiness(6, 0);
        assertThat(next(steadiness, 6, 2, 10)).isEqualTo(6);
        assertThat(next(steadiness, 6, 4, 50)).isEqualTo(6);
        // The six that there were at the beginning are forgotten; four were needed since.
        assertThat(next(steadiness, 6, 2, 61)).isEqualTo(4);
        assertThat(next(steadiness, 4, 2, 100)).isEqualTo(4);
        assertThat(next(steadiness, 4, 0, 111)).isEqualTo(2);
        assertThat(next(steadiness, 2, 0, 180)).isEqualTo(1);
    }

    @Test
    void aPeakInTheWindowKeepsWhatThereIs() {
        Steadiness steadiness = new Steadiness(2, 0);
        assertThat(next(steadiness, 2, 5, 10)).isEqualTo(5);
        assertThat(next(steadiness, 5, 1, 60)).isEqualTo(5);
        assertThat(next(steadiness, 5, 1, 69)).isEqualTo(5);
        assertThat(next(steadiness, 5, 1, 71)).isEqualTo(1);
    }

    @Test
    void boundsHoldAtOnce() {
        assertThat(next(new Steadiness(14, 0), 14, 14, 1)).isEqualTo(10);
        assertThat(new Steadiness(1, 0).next(rule(null), 1, 1, 3, 10, WINDOW, at(1)))
                .isEqualTo(3);
    }

    @Test
    void notMoreThanTheRuleSaysGoWithinAMinute() {
        Steadiness steadiness = new Steadiness(8, 0);
        AutoscaleSpec rule = rule(2);
        assertThat(steadiness.next(rule, 8, 1, 1, 10, Duration.ZERO, at(10))).isEqualTo(6);
        steadiness.removed(2, at(10));
        assertThat(steadiness.next(rule, 6, 1, 1, 10, Duration.ZERO, at(40))).isEqualTo(6);
        assertThat(steadiness.next(rule, 6, 1, 1, 10, Duration.ZERO, at(71))).isEqualTo(4);
    }

    @Test
    void fewerInNoTimeWithoutAWindow() {
        assertThat(new Steadiness(5, 0).next(rule(null), 5, 2, 1, 10, Duration.ZERO, at(1)))
                .isEqualTo(2);
    }
}
