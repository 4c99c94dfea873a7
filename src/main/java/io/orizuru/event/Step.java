package io.orizuru.event;

import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;

/**
 * A journaled step of an operation, declared once in a constant. With the step come its fail points, so none is without.
 *
 * @param <T> its result
 */
public final class Step<T> {
    private final String key;
    private final Class<T> result;
    final FailPoint before;
    final FailPoint intended;
    final FailPoint worked;
    final FailPoint recorded;

    private Step(FailPoints points, String key, Class<T> result) {
        this.key = key;
        this.result = result;
        this.before = points.at(key + "-step", "before the intent of the step \"" + key + "\" is journaled");
        this.intended = points.at(key + "-intended", "the intent of the step \"" + key + "\" is journaled");
        this.worked = points.at(key + "-worked", "the step \"" + key + "\" is done, its result not journaled");
        this.recorded = points.at(key + "-recorded", "the result of the step \"" + key + "\" is journaled");
    }

    /**
     * Declares a step.
     *
     * @param key names it in the journal; never changes
     * @param result what Jackson can write and read
     */
    public static <T> Step<T> of(FailPoints points, String key, Class<T> result) {
        return new Step<>(points, key, result);
    }

    public String key() {
        return key;
    }

    Class<T> result() {
        return result;
    }
}
