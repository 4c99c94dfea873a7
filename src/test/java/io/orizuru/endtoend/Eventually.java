package io.orizuru.endtoend;

import java.time.Duration;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Waits for what must come true soon. */
final class Eventually {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private Eventually() {}

    /** Repeats assertions until they hold; after half a minute the last failure counts. */
    static void holds(ThrowingCallable assertions) {
        holds(SOON, assertions);
    }

    /** Repeats assertions until they hold; when the time is over the last failure counts. */
    static void holds(Duration limit, ThrowingCallable assertions) {
        long begin = System.nanoTime();
        while (true) {
            try {
                assertions.call();
                return;
            } catch (AssertionError notYet) {
                if (System.nanoTime() - begin > limit.toNanos()) {
                    throw notYet;
                }
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            pause();
        }
    }

    /** Waits until something is there. */
    static void is(String what, Supplier<Boolean> condition) {
        holds(() -> {
            if (!condition.get()) {
                throw new AssertionError("still not: " + what);
            }
        });
    }

    private static void pause() {
        try {
            Thread.sleep(BETWEEN_LOOKS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
