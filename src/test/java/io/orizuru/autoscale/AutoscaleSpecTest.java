package io.orizuru.autoscale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.failure.Failure;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoscaleSpecTest {
    private static final int NO_QUOTA = -1;
    private static final int CORE = 1000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static AutoscaleSpec spec(String text) {
        try {
            return JSON.readValue(text.replace('\'', '"'), AutoscaleSpec.class);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static AutoscaleSpec rule(String rest) {
        return spec("{'process': 'web', 'minUnits': 2, 'maxUnits': 5" + rest + "}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'minUnits': 0, 'maxUnits': 5, 'averageCPU': '50%' | minimum units must be greater than 0
            'minUnits': -1, 'maxUnits': 5, 'averageCPU': '50%' | minimum units must be greater than 0
            'minUnits': 5, 'maxUnits': 5, 'averageCPU': '50%' | maximum units must be greater than minimum units
            'minUnits': 5, 'maxUnits': 3, 'averageCPU': '50%' | maximum units must be greater than minimum units
            'minUnits': 1, 'maxUnits': 10001, 'averageCPU': '50%' | maximum units cannot be greater than 10000
            'minUnits': 1, 'maxUnits': 9, 'averageCPU': '50%' | maximum units cannot be greater than the app's quota: 9 units, the quota is 8
            'minUnits': 1, 'maxUnits': 3 | you have to configure at least one trigger between cpu, schedule and prometheus
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': 'lots' | unable to parse value "lots" as autoscale cpu percentage
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '-50%' | unable to parse value "-50%" as autoscale cpu percentage
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '19%' | autoscale cpu value cannot be less than 20%
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '99%' | autoscale cpu value cannot be greater than 95%
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '960m' | autoscale cpu value cannot be greater than 95%: 960m is 96% of the plan's 1000m
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '0m' | autoscale cpu value cannot be less than 20%: 0m is 0% of the plan's 1000m
            'minUnits': 1, 'maxUnits': 3, 'prometheus': [{'name': 'M 1'}] | "M 1" is an invalid name, it must contain only lower case letters, numbers or dashes and starts with a letter
            'minUnits': 1, 'maxUnits': 3, 'prometheus': [{'name': 'm1'}] | prometheus triggers are not supported here: units can be scaled by what processor time they use (averageCPU) and by schedules
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '50%', 'behavior': {'scaleDown': {'stabilizationWindow': 3601}} | behavior.scaleDown.stabilizationWindow is 3601, it must be from 0 to 3600
            'minUnits': 1, 'maxUnits': 3, 'averageCPU': '50%', 'behavior': {'scaleDown': {'percentagePolicyValue': 0}} | behavior.scaleDown.percentagePolicyValue is 0, it must be from 1 to 100
            """, quoteCharacter = '`')
    void whatIsNoRuleIsRefusedWithItsReason(String fields, String why) {
        AutoscaleSpec wanted = spec("{'process': 'web', " + fields + "}");
        assertThatThrownBy(() -> wanted.checked(8, CORE))
                .isInstanceOf(Failure.class)
                .hasMessage(why);
    }

    @ParameterizedTest
    @CsvSource({
        "20%, 1000, 200",
        "95%, 1000, 950",
        "50, 1000, 500",
        "50%, 500, 250",
        "50%, 0, 500",
        "500m, 1000, 500",
        "1500m, 0, 1500"
    })
    void aTargetIsAShareOfThePlanOrOfOneCoreOrThousandthsOfOne(String target, int planMilli, int milli) {
        AutoscaleSpec checked = rule(", 'averageCPU': '" + target + "'").checked(NO_QUOTA, planMilli);
        assertThat(checked.targetMilli(planMilli)).isEqualTo(milli);
        assertThat(checked.shown(planMilli).averageCpu()).isEqualTo(milli + "m");
    }

    @Test
    void withoutATargetProcessorTimeDoesNotMatter() {
        AutoscaleSpec checked = rule(", 'schedules': [{'minReplicas': 3, 'start': '0 6 * * *', 'end': '0 18 * * *'}]")
                .checked(NO_QUOTA, CORE);
        assertThat(checked.targetMilli(CORE)).isZero();
        assertThat(checked.shown(CORE).averageCpu()).isNull();
    }

    @Test
    void whatIsOnRecordReadsAsItWasSet() throws JsonProcessingException {
        AutoscaleSpec checked = rule(", 'averageCPU': '50%', 'schedules': [{'minReplicas': 3, 'start': '0 6 * * *',"
                        + " 'end': '0 18 * * *', 'timezone': 'Europe/Lisbon'}],"
                        + " 'behavior': {'scaleDown': {'unitsPolicyValue': 2}}")
                .checked(NO_QUOTA, CORE);
        String text = JSON.writeValueAsString(checked);
        assertThat(spec(text)).isEqualTo(checked);
        assertThat(rule(", 'averageCPU': '50%'").checked(NO_QUOTA, CORE))
                .satisfies(plain -> assertThat(JSON.writeValueAsString(plain))
                        .isEqualTo("{\"process\":\"web\",\"minUnits\":2,\"maxUnits\":5,\"averageCPU\":\"50%\","
                                + "\"version\":0,\"behavior\":{}}"));
    }

    @Test
    void aScheduleRaisesTheLeastWhileItIsActiveAndNeverAboveTheMost() {
        AutoscaleSpec checked = rule(", 'schedules': [{'minReplicas': 3, 'start': '0 6 * * *', 'end': '0 18 * * *'},"
                        + " {'minReplicas': 5, 'start': '0 12 * * *', 'end': '0 13 * * *'}]")
                .checked(NO_QUOTA, CORE);
        assertThat(checked.least(Instant.parse("2026-03-02T05:59:59Z"))).isEqualTo(2);
        assertThat(checked.least(Instant.parse("2026-03-02T06:00:00Z"))).isEqualTo(3);
        assertThat(checked.least(Instant.parse("2026-03-02T12:30:00Z"))).isEqualTo(5);
        assertThat(checked.least(Instant.parse("2026-03-02T18:00:00Z"))).isEqualTo(2);
    }

    @Test
    void theWindowIsTheRulesOrTheUsualOne() {
        Duration usual = Duration.ofMinutes(5);
        assertThat(rule("").window(usual)).isEqualTo(usual);
        assertThat(rule(", 'behavior': {'scaleDown': {'stabilizationWindow': 60}}")
                        .window(usual))
                .isEqualTo(Duration.ofMinutes(1));
    }

    @ParameterizedTest
    @CsvSource({", 20, 2147483647", "10, 20, 2", "10, 3, 1"})
    void aRuleSaysHowManyMayGoWithinAMinute(@Nullable Integer percent, int units, int most) {
        String policy = percent == null ? "" : "'percentagePolicyValue': " + percent;
        assertThat(rule(", 'behavior': {'scaleDown': {" + policy + "}}").mostRemoved(units))
                .isEqualTo(most);
    }

    @Test
    void theSmallerOfTwoPoliciesCounts() {
        AutoscaleSpec both = rule(", 'behavior': {'scaleDown': {'percentagePolicyValue': 50, 'unitsPolicyValue': 3}}");
        assertThat(both.mostRemoved(20)).isEqualTo(3);
        assertThat(both.mostRemoved(4)).isEqualTo(2);
    }
}
