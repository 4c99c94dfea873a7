package io.orizuru.canary;

import io.orizuru.failure.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How a version comes to get all requests: by which steps, and what it must not do worse than the versions before it.
 *
 * @param version the new one
 * @param steps its shares of the requests in percent, each higher than the one before; the last is 100
 * @param interval how long each step but the last is measured at least, in seconds, 1 to 86,400
 * @param errorFactor how many times the old versions' part of failed requests it may have, 1 to 100
 * @param latencyFactor how many times as long its slowest twentieth may take, 1 to 100
 * @param minimumRequests how many requests both sides must have got before a step is judged, 0 to 1,000,000
 * @param patience how long a step may take to get so many, in seconds, {@code interval} to 604,800
 */
public record CanaryPlan(
        int version,
        List<Integer> steps,
        int interval,
        double errorFactor,
        double latencyFactor,
        int minimumRequests,
        int patience) {
    public static final List<Integer> USUAL_STEPS = List.of(5, 25, 50, 100);
    public static final int USUAL_INTERVAL = 60;
    public static final double USUAL_ERROR_FACTOR = 2;
    public static final double USUAL_LATENCY_FACTOR = 1.5;
    public static final int USUAL_MINIMUM_REQUESTS = 50;
    /** How many intervals a step may take when nothing else is said. */
    public static final int USUAL_PATIENCE_INTERVALS = 10;

    private static final int ALL = 100;
    private static final int MOST_STEPS = 20;
    private static final int LONGEST_INTERVAL = (int) Duration.ofDays(1).toSeconds();
    private static final int LONGEST_PATIENCE = (int) Duration.ofDays(7).toSeconds();
    private static final int MOST_REQUESTS = 1_000_000;
    private static final double LARGEST_FACTOR = 100;

    /** So much may always fail: where nothing failed before, no multiple of that is ever enough. */
    private static final double ALLOWED_FAILURES = 0.01;
    /** One failed request is no rate. */
    private static final int FEWEST_FAILURES = 2;
    /** Less than that is what any machine varies by. */
    private static final double ALLOWED_MILLIS = 20;

    public CanaryPlan {
        steps = List.copyOf(steps);
    }

    /**
     * The same, checked, with the last step that it must have.
     *
     * @throws Failure that names what is wrong
     */
    public CanaryPlan checked() {
        List<Integer> whole = new ArrayList<>(steps);
        if (!whole.isEmpty() && whole.getLast() != ALL) {
            whole.add(ALL);
        }
        if (whole.isEmpty() || whole.size() > MOST_STEPS) {
            throw Failure.invalid("steps: 1 to " + MOST_STEPS + " shares in percent are needed, not " + steps);
        }
        int before = 0;
        for (int step : whole) {
            if (step <= before || step > ALL) {
                throw Failure.invalid("steps: " + steps + " must be between 1 and 100 percent, and each higher than the"
                        + " one before");
            }
            before = step;
        }
        require("interval", interval, 1, LONGEST_INTERVAL, " seconds");
        require("patience", patience, interval, LONGEST_PATIENCE, " seconds");
        require("minimumRequests", minimumRequests, 0, MOST_REQUESTS, "");
        requireFactor("errorFactor", errorFactor);
        requireFactor("latencyFactor", latencyFactor);
        return new CanaryPlan(version, whole, interval, errorFactor, latencyFactor, minimumRequests, patience);
    }

    private static void require(String name, int value, int least, int most, String unit) {
        if (value < least || value > most) {
            throw Failure.invalid(name + " is " + value + ": it must be between " + least + " and " + most + unit);
        }
    }

    private static void requireFactor(String name, double value) {
        if (!(value >= 1 && value <= LARGEST_FACTOR)) {
            throw Failure.invalid(name + " is " + value + ": it must be between 1 and " + (int) LARGEST_FACTOR);
        }
    }

    /**
     * Judges a step by what was measured in it. Failures are judged at any time, so that a version that only fails does not get
     * requests for a whole interval; the rest when it is over.
     *
     * @param old of the versions before
     * @param fresh of the new one
     * @param elapsed since the step began
     */
    public Verdict judge(Sample old, Sample fresh, Duration elapsed) {
        double allowed = Math.max(old.failedPart() * errorFactor, ALLOWED_FAILURES);
        // As if the rest of the fewest requests had all gone well: what is too much even then is too much.
        if (fresh.failures() >= FEWEST_FAILURES
                && fresh.failures() > allowed * Math.max(fresh.requests(), minimumRequests)) {
            return new Verdict.Worse(text(
                    "version %d failed %s, the old one %s; allowed are %s times as many, or 1 %% if that is more",
                    version, fresh.failedText(), old.failedText(), factor(errorFactor)));
        }
        if (elapsed.toSeconds() < interval) {
            return new Verdict.Undecided();
        }
        if (Math.min(old.requests(), fresh.requests()) < minimumRequests) {
            return elapsed.toSeconds() < patience
                    ? new Verdict.Undecided()
                    : new Verdict.Worse(text(
                            "too few requests to judge by in %d s: version %d got %d, the old one %d, both need %d",
                            patience, version, fresh.requests(), old.requests(), minimumRequests));
        }
        double slow = fresh.slowestTwentiethMillis();
        double before = old.slowestTwentiethMillis();
        boolean comparable = fresh.requests() > 0 && old.requests() > 0;
        if (comparable && slow > before * latencyFactor && slow > before + ALLOWED_MILLIS) {
            return new Verdict.Worse(text(
                    "version %d took %.0f ms or more for one of 20 requests (of %d), the old one %.0f ms (of %d); allowed"
                            + " are %s times as long, or %.0f ms more if that is longer",
                    version, slow, fresh.requests(), before, old.requests(), factor(latencyFactor), ALLOWED_MILLIS));
        }
        return new Verdict.Good();
    }

    private static String factor(double factor) {
        return factor == Math.rint(factor) ? Long.toString((long) factor) : Double.toString(factor);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
