package io.orizuru.provision.process;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what the kernel tells nobody about: the end of processes that are not our children. */
final class Wait {
    private static final long STEP_MILLIS = 20;

    private Wait() {}

    /** Whether the condition came true in time. */
    static boolean until(Duration limit, BooleanSupplier condition) throws InterruptedIOException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            try {
                Thread.sleep(STEP_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for the end of a process");
            }
        }
        return true;
    }
}
