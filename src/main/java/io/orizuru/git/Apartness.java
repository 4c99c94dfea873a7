package io.orizuru.git;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Whether this machine lets a server that is not root keep git apart; asked once. */
final class Apartness {
    private static final Duration PROBE = Duration.ofSeconds(10);
    private static final boolean POSSIBLE = probe();

    private Apartness() {}

    static boolean possible() {
        return POSSIBLE;
    }

    private static boolean probe() {
        if (!Files.isExecutable(Path.of("/usr/bin/bwrap"))) {
            return false;
        }
        try {
            Process process = new ProcessBuilder(
                            "/usr/bin/bwrap",
                            "--unshare-user",
                            "--unshare-pid",
                            "--ro-bind",
                            "/",
                            "/",
                            "--proc",
                            "/proc",
                            "--",
                            "/bin/true")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(PROBE)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
