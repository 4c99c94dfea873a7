package io.orizuru.autoscale;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.failure.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Between how many units a process is kept, and by what: as people set it, as it is on record, as it is shown.
 *
 * @param averageCpu how much a unit should use on average, {@code 50%} of what it may use or {@code 500m}, thousandths of a
 *     core; null when processor time does not matter
 * @param schedules when there are more units, whatever the load is
 * @param prometheus refused: nothing here asks other programs for numbers
 * @param version whose units; 0 in a request for the newest one that gets requests
 */
public record AutoscaleSpec(
        @Nullable String process,
        int minUnits,
        int maxUnits,

        @JsonProperty("averageCPU") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
        String averageCpu,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable
        List<AutoscaleSchedule> schedules,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable
        List<Prometheus> prometheus,

        int version,
        @Nullable Behavior behavior) {
    private static final int UNLIMITED = -1;
    /** As many as can be asked for by hand. */
    private static final int MOST_UNITS = 10_000;

    private static final int MOST_SCHEDULES = 50;
    private static final Duration LONGEST_WINDOW = Duration.ofHours(1);
    private static final Pattern PROMETHEUS_NAME = Pattern.compile("[a-z][a-z0-9-]*");

    /** A number that another program keeps. */
    public record Prometheus(
            @Nullable String name, @Nullable String query, double threshold) {}

    /** How units are added and removed. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Behavior(@Nullable ScaleDown scaleDown) {
        static final Behavior NONE = new Behavior(null);
    }

    /**
     * How units are removed.
     *
     * @param stabilizationWindow for how many seconds fewer units must have been enough, 0 to 3600
     * @param percentagePolicyValue how many in a minute at most, per cent of those that there are, 1 to 100
     * @param unitsPolicyValue how many in a minute at most, 1 at least; the smaller one counts when both are said
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ScaleDown(
            @Nullable Integer stabilizationWindow,
            @Nullable Integer percentagePolicyValue,
            @Nullable Integer unitsPolicyValue) {
        private static final ScaleDown USUAL = new ScaleDown(null, null, null);
    }

    /**
     * The same, checked, for one version.
     *
     * @param quota how many units the app may have; negative for any number
     * @param planMilli what a unit may use, in thousandths of a core; 0 for any amount
     * @throws Failure that names what is wrong
     */
    public AutoscaleSpec checked(int quota, int planMilli) {
        if (minUnits < 1) {
            throw Failure.invalid("minimum units must be greater than 0");
        }
        if (maxUnits <= minUnits) {
            throw Failure.invalid("maximum units must be greater than minimum units");
        }
        if (maxUnits > MOST_UNITS) {
            throw Failure.invalid("maximum units cannot be greater than " + MOST_UNITS);
        }
        if (quota > UNLIMITED && maxUnits > quota) {
            throw Failure.invalid("maximum units cannot be greater than the app's quota: " + maxUnits
                    + " units, the quota is " + quota);
        }
        if (!cpu().isEmpty()) {
            CpuTarget.checked(cpu(), planMilli);
        }
        checkSchedules();
        checkPrometheus();
        if (cpu().isEmpty() && allSchedules().isEmpty()) {
            throw Failure.invalid("you have to configure at least one trigger between cpu, schedule and prometheus");
        }
        checkScaleDown();
        return new AutoscaleSpec(
                process,
                minUnits,
                maxUnits,
                cpu().isEmpty() ? null : cpu(),
                allSchedules(),
                null,
                version,
                behavior == null ? Behavior.NONE : behavior);
    }

    private void checkSchedules() {
        if (allSchedules().size() > MOST_SCHEDULES) {
            throw Failure.invalid("a rule has " + MOST_SCHEDULES + " schedules at most, this one "
                    + allSchedules().size());
        }
        allSchedules().forEach(schedule -> schedule.check(maxUnits));
    }

    private void checkPrometheus() {
        if (prometheus == null || prometheus.isEmpty()) {
            return;
        }
        for (Prometheus trigger : prometheus) {
            String name = trigger.name() == null ? "" : trigger.name();
            if (!PROMETHEUS_NAME.matcher(name).matches()) {
                throw Failure.invalid("\"" + name + "\" is an invalid name, it must contain only lower case letters,"
                        + " numbers or dashes and starts with a letter");
            }
        }
        throw Failure.invalid(
                "prometheus triggers are not supported here: units can be scaled by what processor time they"
                        + " use (averageCPU) and by schedules");
    }

    private void checkScaleDown() {
        ScaleDown down = scaleDown();
        range("behavior.scaleDown.stabilizationWindow", down.stabilizationWindow(), 0, (int)
                LONGEST_WINDOW.toSeconds());
        range("behavior.scaleDown.percentagePolicyValue", down.percentagePolicyValue(), 1, 100);
        range("behavior.scaleDown.unitsPolicyValue", down.unitsPolicyValue(), 1, Integer.MAX_VALUE);
    }

    private static void range(String name, @Nullable Integer value, int least, int most) {
        if (value != null && (value < least || value > most)) {
            throw Failure.invalid(name + " is " + value + ", it must be from " + least + " to " + most);
        }
    }

    /** Of which process; empty when it is not said. */
    public String processName() {
        return process == null ? "" : process;
    }

    private String cpu() {
        return averageCpu == null ? "" : averageCpu;
    }

    private List<AutoscaleSchedule> allSchedules() {
        return schedules == null ? List.of() : List.copyOf(schedules);
    }

    /** How many units there are now at least: the most that any schedule of this time wants. */
    public int least(Instant now) {
        int scheduled = allSchedules().stream()
                .filter(schedule -> schedule.isActive(now))
                .mapToInt(AutoscaleSchedule::minReplicas)
                .max()
                .orElse(0);
        return Math.min(maxUnits, Math.max(minUnits, scheduled));
    }

    /**
     * What a unit should use on average.
     *
     * @param planMilli what it may use, in thousandths of a core; 0 for any amount
     * @return thousandths of a core; 0 when processor time does not matter
     */
    public int targetMilli(int planMilli) {
        return cpu().isEmpty() ? 0 : CpuTarget.read(cpu()).milli(planMilli);
    }

    private ScaleDown scaleDown() {
        return behavior == null || behavior.scaleDown() == null ? ScaleDown.USUAL : behavior.scaleDown();
    }

    /** How long fewer units must have been enough. */
    public Duration window(Duration usual) {
        Integer seconds = scaleDown().stabilizationWindow();
        return seconds == null ? usual : Duration.ofSeconds(seconds);
    }

    /** How many of so many units may be removed within a minute; 1 at least. */
    public int mostRemoved(int units) {
        ScaleDown down = scaleDown();
        int most = Integer.MAX_VALUE;
        if (down.percentagePolicyValue() != null) {
            most = (int) (units * (long) down.percentagePolicyValue() / 100);
        }
        if (down.unitsPolicyValue() != null) {
            most = Math.min(most, down.unitsPolicyValue());
        }
        return Math.max(1, most);
    }

    /** For a process of a version. */
    public AutoscaleSpec of(String otherProcess, int otherVersion) {
        return new AutoscaleSpec(
                otherProcess, minUnits, maxUnits, averageCpu, schedules, prometheus, otherVersion, behavior);
    }

    /** As people read it: the target as what it means for this plan, in thousandths of a core. */
    public AutoscaleSpec shown(int planMilli) {
        return new AutoscaleSpec(
                process,
                minUnits,
                maxUnits,
                cpu().isEmpty() ? null : targetMilli(planMilli) + "m",
                schedules,
                prometheus,
                version,
                behavior);
    }
}
