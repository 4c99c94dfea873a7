package io.orizuru.autoscale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoscaleScheduleTest {
    private static AutoscaleSchedule schedule(@Nullable String start, @Nullable String end, @Nullable String zone) {
        return new AutoscaleSchedule("", 2, start, end, zone);
    }

    private static boolean isActive(AutoscaleSchedule schedule, String at) {
        return schedule.isActive(Instant.parse(at));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            whenever       | 0 18 * * * |             | invalid start time for schedule "": expected exactly 5 fields, found 1: [whenever]
                           | 0 18 * * * |             | invalid start time for schedule "": expected exactly 5 fields, found 0: []
            0 6 * * *      | 0 18 * *   |             | invalid end time for schedule "": expected exactly 5 fields, found 4: [0, 18, *, *]
            0 0 6 * * *    | 0 18 * * * |             | invalid start time for schedule "": expected exactly 5 fields, found 6: [0, 0, 6, *, *, *]
            0 6 * * *      | 0 6 * * *  |             | schedule "" ends when it starts: 0 6 * * *
            0 6 * * *      | 0 18 * * * | Atlantis    | invalid timezone for schedule "": "Atlantis" is not the name of one, such as Europe/Lisbon
            """)
    void whatIsNoTimeIsRefused(@Nullable String start, @Nullable String end, @Nullable String zone, String why) {
        assertThatThrownBy(() -> schedule(start, end, zone).check(5))
                .isInstanceOf(Failure.class)
                .hasMessage(why);
    }

    @Test
    void aFieldOutOfItsRangeIsRefused() {
        assertThatThrownBy(() -> schedule("61 6 * * *", "0 18 * * *", null).check(5))
                .isInstanceOf(Failure.class)
                .hasMessageStartingWith("invalid start time for schedule \"\": ");
    }

    @Test
    @Timeout(10)
    void aTimeThatNeverComesIsRefused() {
        assertThatThrownBy(() -> schedule("0 0 30 2 *", "0 18 * * *", null).check(5))
                .isInstanceOf(Failure.class);
    }

    @Test
    void aMinimumAboveTheMaximumIsRefused() {
        assertThatThrownBy(() -> schedule("0 6 * * *", "0 18 * * *", null).check(1))
                .isInstanceOf(Failure.class)
                .hasMessage("invalid minimum units for schedule \"\": 2 is not from 1 to the maximum units, 1");
    }

    @Test
    void itIsActiveFromItsStartToItsEndInItsTimezone() {
        AutoscaleSchedule days = schedule("0 8 * * MON-FRI", "0 18 * * MON-FRI", "America/Sao_Paulo");
        days.check(5);
        // A Monday there, three hours behind.
        assertThat(isActive(days, "2026-03-02T10:59:59Z")).isFalse();
        assertThat(isActive(days, "2026-03-02T11:00:00Z")).isTrue();
        assertThat(isActive(days, "2026-03-02T20:59:59Z")).isTrue();
        assertThat(isActive(days, "2026-03-02T21:00:00Z")).isFalse();
        assertThat(isActive(days, "2026-03-07T15:00:00Z")).isFalse();
    }

    @Test
    void itMayGoOverMidnight() {
        AutoscaleSchedule nights = schedule("0 22 * * *", "0 4 * * *", null);
        assertThat(isActive(nights, "2026-03-02T23:30:00Z")).isTrue();
        assertThat(isActive(nights, "2026-03-03T03:59:00Z")).isTrue();
        assertThat(isActive(nights, "2026-03-03T04:00:00Z")).isFalse();
    }
}
