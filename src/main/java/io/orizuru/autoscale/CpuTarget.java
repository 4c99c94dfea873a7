package io.orizuru.autoscale;

import io.orizuru.failure.Failure;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much processor time a unit should use on average: a share of what it may use ({@code 50%}), or thousandths of a core
 * ({@code 500m}).
 *
 * @param value per cent, or thousandths of a core
 * @param absolute whether they are thousandths of a core
 */
record CpuTarget(int value, boolean absolute) {
    private static final int LEAST_PERCENT = 20;
    private static final int MOST_PERCENT = 95;
    private static final int ONE_CORE = 1000;
    private static final Pattern TEXT = Pattern.compile("(\\d{1,6})(%|m)?");

    /**
     * Reads a target.
     *
     * @param planMilli what a unit may use, in thousandths of a core; 0 for any amount
     * @throws Failure when it is none, or is below 20 % or above 95 % of what a unit may use: nearer to the ends, either
     *     everything or nothing would be a reason for more units
     */
    static CpuTarget checked(String text, int planMilli) {
        CpuTarget target = read(text);
        boolean bounded = !target.absolute() || planMilli > 0;
        long percent = target.absolute() && planMilli > 0 ? target.value() * 100L / planMilli : target.value();
        String ofPlan = target.absolute() ? ": " + text + " is " + percent + "% of the plan's " + planMilli + "m" : "";
        if (bounded && percent > MOST_PERCENT) {
            throw Failure.invalid("autoscale cpu value cannot be greater than " + MOST_PERCENT + "%" + ofPlan);
        }
        if (bounded && percent < LEAST_PERCENT) {
            throw Failure.invalid("autoscale cpu value cannot be less than " + LEAST_PERCENT + "%" + ofPlan);
        }
        if (target.value() == 0) {
            throw Failure.invalid("autoscale cpu value must be greater than 0m");
        }
        return target;
    }

    static CpuTarget read(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw Failure.invalid("unable to parse value \"" + text + "\" as autoscale cpu percentage");
        }
        return new CpuTarget(Integer.parseInt(matcher.group(1)), "m".equals(matcher.group(2)));
    }

    /**
     * In thousandths of a core, 1 at least; a share of nothing said is a share of one core.
     *
     * @param planMilli what a unit may use; 0 for any amount
     */
    int milli(int planMilli) {
        if (absolute) {
            return value;
        }
        return Math.max(1, Math.toIntExact((planMilli > 0 ? planMilli : ONE_CORE) * (long) value / 100));
    }
}
