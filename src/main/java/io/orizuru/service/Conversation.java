package io.orizuru.service;

import io.orizuru.event.Run;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Something that a service is asked for in an operation. That it is about to be asked is journaled before, what it answered
 * after; so whoever takes over knows whether the service may have done something that nobody was told.
 */
final class Conversation {
    private Conversation() {}

    /**
     * Asks, unless the answer is on record.
     *
     * @param asking gets whether an attempt that died may have asked before
     */
    static Said ask(Run run, Function<Boolean, Said> asking) {
        boolean again = run.done(ServiceFailPoints.ASKED).isPresent();
        run.once(ServiceFailPoints.ASKED, () -> true);
        return run.once(ServiceFailPoints.ANSWERED, () -> run.await(() -> asking.apply(again)));
    }

    /** As {@link #ask(Run, Function)}, for what may be asked twice. */
    static Said ask(Run run, Supplier<Said> asking) {
        return ask(run, again -> asking.get());
    }

    /** Whether the service may have done what it was asked for. */
    static boolean mayBeDone(Run run) {
        Optional<Said> said = run.done(ServiceFailPoints.ANSWERED);
        return run.done(ServiceFailPoints.ASKED).isPresent()
                && said.map(Said::good).orElse(true);
    }

    /** Whether the service was asked and nobody knows what it answered. */
    static boolean isOpen(Run run) {
        return run.done(ServiceFailPoints.ASKED).isPresent()
                && run.done(ServiceFailPoints.ANSWERED).isEmpty();
    }
}
