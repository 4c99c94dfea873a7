package io.orizuru.event;

import java.time.Duration;

/**
 * Carries out one kind of {@link Change}. May be called again for the same event after a crash, by another server: every
 * step is idempotent or goes through {@link Run#once}.
 */
public interface ChangeHandler<C extends Change> {
    /** Names the kind in the database; never changes. */
    String kind();

    Class<C> type();

    /**
     * How long an attempt at it may take before it is broken off.
     *
     * @param usual what operations may take
     */
    default Duration longest(C change, Duration usual) {
        return usual;
    }

    /** Does it. Returning ends the event well; a {@link io.orizuru.failure.Failure} ends it with that error. */
    void run(C change, Run run);

    /**
     * Brings back what was before, after {@link #run} failed, was cancelled, or was tried too often. Idempotent.
     *
     * @param why for people
     */
    void withdraw(C change, Run run, String why);
}
