package io.orizuru.conformance;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names a step among all scenarios: {@code 1.12/apps-env/05-set-two}. */
record StepKey(String reference, String scenario, String step) implements Comparable<StepKey> {
    private static final Pattern FORM = Pattern.compile("([^/\\s]+)/([^/\\s]+)/([^/\\s]+)");

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws IllegalArgumentException if it has another form
     */
    static StepKey parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" does not name a step as reference/scenario/step");
        }
        return new StepKey(form.group(1), form.group(2), form.group(3));
    }

    @Override
    public int compareTo(StepKey other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return reference + "/" + scenario + "/" + step;
    }
}
