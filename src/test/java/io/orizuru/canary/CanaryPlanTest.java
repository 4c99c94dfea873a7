package io.orizuru.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import io.orizuru.router.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanaryPlanTest {
    private static final Duration BEGUN = Duration.ofSeconds(5);
    private static final Duration OVER = Duration.ofMinutes(1);
    private static final Duration TOO_LATE = Duration.ofMinutes(10);

    /** Failing twice as much is allowed, and taking half as long again; 50 requests are needed. */
    private static final CanaryPlan PLAN = new CanaryPlan(2, List.of(5, 50, 100), 60, 2, 1.5, 50, 600);

    private static Sample sample(int requests, int failures, int millis) {
        List<Long> latencies = new ArrayList<>(Collections.nCopies(Traffic.SLOTS, 0L));
        latencies.set(Traffic.slot(Duration.ofMillis(millis).toNanos()), (long) requests);
        return new Sample(failures, latencies);
    }

    @ParameterizedTest(name = "{0} of {1} failed before, {2} of {3} now: worse is {4}")
    @CsvSource({
        // Nothing fails.
        "0, 1000, 0, 50, false",
        // Up to one in a hundred is allowed, whatever was before.
        "0, 1000, 2, 200, false",
        "0, 1000, 3, 200, true",
        // One failure alone is no rate.
        "0, 1000, 1, 50, false",
        "0, 1000, 2, 50, true",
        // Twice as many as before.
        "100, 1000, 20, 100, false",
        "100, 1000, 21, 100, true",
        // Better than before.
        "500, 1000, 0, 100, false"
    })
    void failuresAreComparedWithThoseOfTheOldVersion(
            int oldFailed, int old, int freshFailed, int fresh, boolean worse) {
        Verdict verdict = PLAN.judge(sample(old, oldFailed, 10), sample(fresh, freshFailed, 10), OVER);

        assertThat(verdict instanceof Verdict.Worse).isEqualTo(worse);
    }

    @Test
    void theReasonHasTheFiguresAndTheRule() {
        assertThat(PLAN.judge(sample(1000, 10, 10), sample(100, 30, 10), OVER))
                .isEqualTo(new Verdict.Worse(
                        "version 2 failed 30 of 100 requests (30.0 %), the old one 10 of 1000 requests"
                                + " (1.0 %); allowed are 2 times as many, or 1 % if that is more"));
    }

    @Test
    void whatFailsTooMuchIsNotTriedForTheWholeInterval() {
        assertThat(PLAN.judge(sample(100, 0, 10), sample(4, 2, 10), BEGUN)).isInstanceOf(Verdict.Worse.class);
        assertThat(PLAN.judge(sample(100, 0, 10), sample(4, 1, 10), BEGUN)).isEqualTo(new Verdict.Undecided());
        assertThat(PLAN.judge(sample(100, 0, 10), sample(900, 0, 10), BEGUN)).isEqualTo(new Verdict.Undecided());
    }

    @ParameterizedTest(name = "{0} ms before, {1} ms now: worse is {2}")
    @CsvSource({
        "100, 100, false",
        "100, 140, false",
        "100, 200, true",
        // Several times as long, but nobody notices.
        "1, 10, false",
        "1, 60, true",
        "200, 20, false"
    })
    void theSlowestTwentiethIsComparedWithThatOfTheOldVersion(int before, int now, boolean worse) {
        Verdict verdict = PLAN.judge(sample(1000, 0, before), sample(100, 0, now), OVER);

        assertThat(verdict instanceof Verdict.Worse).isEqualTo(worse);
        if (verdict instanceof Verdict.Worse(String why)) {
            assertThat(why).contains("for one of 20 requests (of 100)", "(of 1000)", "1.5 times as long");
        }
    }

    @Test
    void tooFewRequestsAreWaitedForAndThenReasonEnough() {
        assertThat(PLAN.judge(sample(1000, 0, 10), sample(49, 0, 10), OVER)).isEqualTo(new Verdict.Undecided());
        assertThat(PLAN.judge(sample(49, 0, 10), sample(1000, 0, 10), OVER)).isEqualTo(new Verdict.Undecided());
        assertThat(PLAN.judge(sample(1000, 0, 10), sample(50, 0, 10), OVER)).isEqualTo(new Verdict.Good());
        assertThat(PLAN.judge(sample(1000, 0, 10), sample(49, 0, 10), TOO_LATE))
                .isEqualTo(new Verdict.Worse(
                        "too few requests to judge by in 600 s: version 2 got 49, the old one 1000, both need 50"));
    }

    @Test
    void whereNoRequestsAreNeededNoneAreWaitedFor() {
        CanaryPlan quiet = new CanaryPlan(2, List.of(50), 1, 2, 2, 0, 1).checked();

        assertThat(quiet.steps()).containsExactly(50, 100);
        assertThat(quiet.judge(sample(0, 0, 1), sample(0, 0, 1), OVER)).isEqualTo(new Verdict.Good());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0,50     | 60 | 2   | 50 | 600    | steps: [0, 50] must be between 1 and 100",
                "50,25    | 60 | 2   | 50 | 600    | each higher than the one before",
                "50,50    | 60 | 2   | 50 | 600    | each higher than the one before",
                "50,101   | 60 | 2   | 50 | 600    | must be between 1 and 100",
                "50       | 0  | 2   | 50 | 600    | interval is 0: it must be between 1 and 86400 seconds",
                "50       | 60 | 0.5 | 50 | 600    | errorFactor is 0.5: it must be between 1 and 100",
                "50       | 60 | NaN | 50 | 600    | errorFactor is NaN",
                "50       | 60 | 2   | -1 | 600    | minimumRequests is -1: it must be between 0 and 1000000",
                "50       | 60 | 2   | 50 | 59     | patience is 59: it must be between 60 and 604800 seconds"
            })
    void badPlansAreRefusedWithTheRule(
            String steps, int interval, double factor, int requests, int patience, String why) {
        List<Integer> parsed =
                List.of(steps.split(",")).stream().map(Integer::valueOf).toList();
        CanaryPlan plan = new CanaryPlan(2, parsed, interval, factor, 2, requests, patience);

        assertThatThrownBy(plan::checked).isInstanceOf(Failure.class).hasMessageContaining(why);
    }
}
