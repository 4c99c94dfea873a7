package io.orizuru.db;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short helper programs, run to their end. */
final class Commands {
    private static final int SHOWN_OUTPUT = 4096;

    private Commands() {}

    /** Whether the command ended well. */
    static boolean succeeds(List<String> command, Duration limit) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        return ended(process, command, limit) == 0;
    }

    static void run(List<String> command, Duration limit) throws IOException, InterruptedException {
        run(command, "", limit);
    }

    /**
     * Runs a command that must end well.
     *
     * @param input what it reads
     * @throws DatabaseStartException with the end of its output if it does not
     */
    static void run(List<String> command, String input, Duration limit) throws IOException, InterruptedException {
        // Through a file: nobody has to read while the command runs, and a limit can be kept.
        Path output = Files.createTempFile("orizuru", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                // It ended without reading; its exit code tells whether that was right.
            }
            int code = ended(process, command, limit);
            if (code != 0) {
                String text = Files.readString(output).strip();
                throw new DatabaseStartException(Path.of(program(command)).getFileName() + " failed with code " + code
                        + ": " + text.substring(Math.max(0, text.length() - SHOWN_OUTPUT)));
            }
        } finally {
            Files.delete(output);
        }
    }

    private static int ended(Process process, List<String> command, Duration limit) throws InterruptedException {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new DatabaseStartException(program(command) + " did not end within " + limit.toSeconds() + " s");
            }
            return process.exitValue();
        } finally {
            process.destroyForcibly(); // Nothing happens when it has ended.
        }
    }

    private static String program(List<String> command) {
        return command.stream()
                .filter(word -> word.contains("/bin/"))
                .findFirst()
                .orElse(command.getFirst());
    }
}
