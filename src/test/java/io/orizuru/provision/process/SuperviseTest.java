package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SuperviseTest {
    @TempDir
    Path directory;

    private Path unit;

    @BeforeEach
    void install() throws IOException {
        for (String name : List.of("supervise", "join")) {
            try (InputStream script = Objects.requireNonNull(Machine.class.getResourceAsStream(name), name)) {
                Files.copy(script, directory.resolve(name));
            }
        }
        unit = Files.createDirectory(directory.resolve("unit"));
        Files.createFile(unit.resolve("groups"));
    }

    @Test
    void whoComesSecondRunsNothingAndLeavesWhenTheFirstCanBeFound() throws Exception {
        String slowly = "touch held; sleep 1; cat /proc/$$/stat /proc/sys/kernel/random/boot_id >run; exec sleep 1000";
        Process first = new ProcessBuilder("flock", unit.resolve("lock").toString(), "/bin/sh", "-c", slowly)
                .directory(unit.toFile())
                .start();
        try {
            while (!Files.exists(unit.resolve("held"))) {
                Thread.sleep(5);
            }
            assertThat(supervise("touch started").waitFor()).isZero();

            assertThat(Running.read(unit.resolve("run")))
                    .hasValueSatisfying(found -> assertThat(found.alive()).isTrue());
            assertThat(unit.resolve("started")).doesNotExist();
        } finally {
            first.descendants().forEach(ProcessHandle::destroyForcibly);
            first.destroyForcibly();
        }
    }

    @RepeatedTest(3)
    void whoComesSecondDoesNotWaitForOneThatHasEnded() throws Exception {
        Process first = supervise("exit 3");
        Process second = supervise("exit 3");

        assertThat(first.waitFor() + second.waitFor()).isIn(3, 6);
        assertThat(unit.resolve("exit")).hasContent("3");
    }

    private Process supervise(String command) throws IOException {
        return new ProcessBuilder(
                        "/bin/sh", directory.resolve("supervise").toString(), unit.toString(), "/bin/sh", "-c", command)
                .directory(unit.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }
}
