package io.orizuru.failpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which fail points are armed. Two ways, for tests alone:
 *
 * <ul>
 *   <li>{@code -Dorizuru.fail-point=NAME} halts the JVM there, as a power cut would.
 *   <li>{@code -Dorizuru.fail-points=FILE} reads, whenever a point is reached, the armed ones from the file: a line each,
 *       {@code NAME@TARGET}. One that is armed notes that it was reached in {@code FILE.reached} and holds its thread, so
 *       that whoever armed it can kill the process; it never goes on. The line {@code *} notes all and holds none.
 * </ul>
 */
final class Armed {
    private static final int KILLED = 137;
    /** Nobody who arms points takes longer to kill. */
    private static final Duration LONGEST_HOLD = Duration.ofMinutes(2);

    private static final @Nullable String ONE = System.getProperty("orizuru.fail-point");
    private static final @Nullable Path FILE = file();

    private Armed() {}

    private static @Nullable Path file() {
        String name = System.getProperty("orizuru.fail-points");
        return name == null ? null : Path.of(name);
    }

    static void reached(String name, String target) {
        if (name.equals(ONE)) {
            Runtime.getRuntime().halt(KILLED);
        }
        if (FILE != null) {
            look(FILE, name + "@" + target);
        }
    }

    private static void look(Path file, String place) {
        List<String> armed = read(file);
        boolean held = armed.contains(place);
        if (held || armed.contains("*")) {
            note(file.resolveSibling(file.getFileName() + ".reached"), place);
        }
        if (held) {
            hold();
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("the armed fail points cannot be read", e);
        }
    }

    private static void note(Path file, String place) {
        try {
            // One write of a short line: those of several threads do not mix.
            Files.writeString(file, place + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("a fail point cannot note that it was reached", e);
        }
    }

    /** An interrupt, as of a server that is stopped, must not let the work go on. */
    private static void hold() {
        long end = System.nanoTime() + LONGEST_HOLD.toNanos();
        while (System.nanoTime() < end) {
            try {
                Thread.sleep(LONGEST_HOLD);
            } catch (InterruptedException ignored) {
                // Held all the same.
            }
        }
        Runtime.getRuntime().halt(KILLED);
    }
}
