package io.orizuru.attack;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Trees as nobody makes them who means well. */
final class HostileTrees {
    private HostileTrees() {}

    /** A program in Python that makes directories in each other below the working directory. */
    static String deep(int levels) {
        return "import os\nfor i in range(" + levels + "):\n  os.mkdir('d')\n  os.chdir('d')\nopen('f', 'w').close()\n";
    }

    /** Runs a program in Python in a directory. */
    static void run(Path directory, String program) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "python3 is missing here");
        run(directory, "/usr/bin/python3", "-c", program);
    }

    static void run(Path directory, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + ": " + said);
        }
    }
}
