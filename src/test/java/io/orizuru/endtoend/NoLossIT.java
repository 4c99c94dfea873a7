package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A little of {@code bench/no-loss}, whose whole writes docs/no-loss.md: the requests are counted by somebody else's client. */
@Timeout(480)
class NoLossIT {
    private static final Path PROJECT =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();

    @Test
    void noRequestIsLostWhileAnAppIsDeployedRestartedAndScaledAndTheServerStartsAgain() throws Exception {
        Path output =
                Files.createDirectories(PROJECT.resolve("target/test-servers")).resolve("no-loss.log");
        ProcessBuilder builder = new ProcessBuilder(
                        PROJECT.resolve("bench/no-loss").toString(),
                        "--short",
                        "--program",
                        PROJECT.resolve("target/quarkus-app").toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process counting = builder.start();
        try {
            assertThat(counting.waitFor(400, TimeUnit.SECONDS))
                    .as("it ended in time")
                    .isTrue();
            assertThat(counting.exitValue()).as(said(output)).isZero();
        } finally {
            counting.destroy();
            counting.waitFor(60, TimeUnit.SECONDS);
        }
    }

    private static String said(Path output) throws IOException {
        return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    }
}
