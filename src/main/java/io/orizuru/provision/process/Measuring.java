package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Looks again and again how much a build that runs has written, at the side of whoever waits for its end. */
final class Measuring {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final BuildBounds bounds;
    private final List<Path> written;
    private CompletableFuture<Void> look = CompletableFuture.completedFuture(null);
    private long begunAt = System.nanoTime();
    private long nextAt = begunAt + EVERY.toNanos();
    private boolean noted = true;

    /** @param attempt the build's directory */
    Measuring(BuildBounds bounds, Path attempt) {
        this.bounds = bounds;
        this.written = List.of(attempt.resolve("tree"), attempt.resolve("home"), attempt.resolve("tmp"));
    }

    /**
     * Begins a look if it is time, and tells what the one before came to. Does not wait.
     *
     * @throws BuildFailed if it wrote more than it may
     */
    void look() {
        if (!look.isDone()) {
            return;
        }
        long now = System.nanoTime();
        if (!noted) {
            noted = true;
            // Measuring a large tree must not take more time than building it.
            nextAt = now + Math.max(EVERY.toNanos(), 2 * (now - begunAt));
            join();
        }
        if (now - nextAt >= 0) {
            begunAt = now;
            noted = false;
            look = CompletableFuture.runAsync(
                    () -> bounds.requireWritten(written),
                    work -> Thread.ofVirtual().name("build-measure").start(work));
        }
    }

    private void join() {
        try {
            look.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof BuildFailed failed) {
                throw failed;
            }
            throw e;
        }
    }
}
