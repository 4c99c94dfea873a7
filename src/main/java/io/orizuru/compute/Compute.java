package io.orizuru.compute;

import io.orizuru.failure.Failure;
import io.orizuru.limit.FairShare;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs work on input from outside that needs the processor. It has threads of the operating system, which shares the processor
 * out between them and the rest: a virtual thread that computes keeps its carrier from all others. Each caller has one turn at a
 * time, and few wait for theirs.
 */
public final class Compute {
    private static final int AT_ONCE = 4;
    private static final int OF_A_CALLER = 1;
    private static final int MOST_WAITING_OF_A_CALLER = 32;
    private static final Duration TURN = Duration.ofSeconds(10);
    /** After it, a request is not answered any more in a useful time. */
    public static final Duration REQUEST = Duration.ofSeconds(5);

    private static final FairShare TURNS = new FairShare(AT_ONCE, OF_A_CALLER);

    private Compute() {}

    /**
     * Computes, and waits for what comes out. Work that is over its time is interrupted; it keeps its caller's turn until it
     * notices.
     *
     * @param caller who is to have a share: a team, or a user
     * @param limit of the work; the turn before is waited for 10 s at most
     * @throws Overlong when it took longer, or is nested too deeply
     * @throws Failure unavailable, when the caller's turn does not come; and what the work throws
     */
    public static <T> T of(String caller, Duration limit, Callable<T> work) {
        if (TURNS.waiting(caller) >= MOST_WAITING_OF_A_CALLER) {
            throw busy(caller);
        }
        FairShare.Place turn = TURNS.ask(caller);
        FutureTask<T> task = new FutureTask<>(work);
        boolean begun = false;
        try {
            if (!turn.await(TURN)) {
                throw busy(caller);
            }
            Thread.ofPlatform().daemon().name("compute").start(() -> {
                try {
                    task.run();
                } finally {
                    turn.close();
                }
            });
            begun = true;
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new Overlong("it took longer than " + limit.toMillis() + " ms");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        } catch (ExecutionException | CancellationException e) {
            throw thrown(e);
        } finally {
            task.cancel(true);
            if (!begun) {
                turn.close();
            }
        }
    }

    private static RuntimeException thrown(Exception e) {
        return switch (e.getCause()) {
            case RuntimeException cause -> cause;
            case StackOverflowError cause -> new Overlong("it is nested too deeply");
            case Error cause -> throw cause;
            case null, default -> new IllegalStateException("what was to be computed failed", e);
        };
    }

    private static Failure busy(String caller) {
        return Failure.unavailable(
                "so much is computed for " + caller + " already that this did not get its turn; try again in a moment");
    }
}
