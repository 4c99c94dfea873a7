package io.orizuru.provision.process;

import io.orizuru.provision.Checkpoint;
import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One command inside a running unit.
 *
 * <p>All that it starts carries a {@link Mark}, so that it ends with the command.
 *
 * @param unit the unit's id, for messages
 * @param running the unit
 * @param user the user number it runs as; null is the server's own
 * @param directory the unit's
 * @param limits the unit's
 * @param limit how long the command may take
 */
record Execution(
        Machine machine,
        String unit,
        Running running,
        @Nullable Integer user,
        Path directory,
        Limits limits,
        Duration limit) {
    private static final Duration CHECK_EVERY = Duration.ofMillis(400);
    private static final Duration LAST_LINES_LIMIT = Duration.ofSeconds(2);
    /** The command's own alarm, for when this server dies, goes off only after the server had its chance. */
    private static final Duration ALARM_AFTER = Duration.ofSeconds(5);

    /**
     * @param script holds the environment and the command
     * @return the exit code
     */
    int run(String script, Output output, Checkpoint checkpoint) {
        checkpoint.check();
        Entrance entrance = entrance().orElseThrow(() -> notRunning(unit));
        Mark mark = Mark.next();
        try {
            Process process = machine.enter(entrance, user, directory, limits, limit.plus(ALARM_AFTER), mark);
            Thread reader = Thread.ofVirtual().name("execution-output").start(() -> PrintedLines.read(process, output));
            // A pipe holds less than an environment may; who writes must not wait for a shell that never reads.
            Thread.ofVirtual().name("execution-script").start(() -> write(process, script));
            try {
                await(process, entrance, checkpoint);
            } finally {
                mark.end(process);
                reader.join(LAST_LINES_LIMIT);
                process.getInputStream().close();
            }
            if (process.exitValue() != 0) {
                requireLiving(entrance);
            }
            return process.exitValue();
        } catch (IOException e) {
            throw new UncheckedIOException("a command in the unit " + unit + " could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("a command in the unit " + unit + " was interrupted", e);
        }
    }

    static ExecutionFailed notRunning(String unit) {
        return new ExecutionFailed("the unit " + unit + " is not running, so no command can be run in it");
    }

    private Optional<Entrance> entrance() {
        return running.entrance(machine.sandbox().isolation());
    }

    /** A pipe may hold less than the script has; what does not read it to its end tells more by its exit code. */
    static void write(Process process, String script) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(script.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended before it read all; its exit code tells more.
        }
    }

    private void await(Process process, Entrance entrance, Checkpoint checkpoint) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!process.waitFor(CHECK_EVERY)) {
            checkpoint.check();
            requireLiving(entrance);
            if (System.nanoTime() - deadline > 0) {
                throw new ExecutionFailed("the command in the unit " + unit + " took longer than " + limit.toSeconds()
                        + " s and was ended");
            }
        }
    }

    private void requireLiving(Entrance entrance) {
        if (!entrance().equals(Optional.of(entrance))) {
            throw new ExecutionFailed("the unit " + unit + " ended before the command in it did");
        }
    }
}
