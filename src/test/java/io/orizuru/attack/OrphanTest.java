package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program that is gone, however it ended, leaves no database. */
@Timeout(120)
class OrphanTest {
    @TempDir
    Path data;

    @Test
    void theDatabaseOfAKilledProgramEndsInOrderThoughNobodyStartsAnew() throws Exception {
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
        Process owner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.orizuru.db.LeftBehind",
                        data.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            BufferedReader output =
                    new BufferedReader(new InputStreamReader(owner.getInputStream(), StandardCharsets.UTF_8));
            assertThat(output.readLine()).isEqualTo("ready");
            ProcessHandle postmaster = postmaster();

            owner.destroyForcibly().waitFor();

            postmaster.onExit().get(30, TimeUnit.SECONDS);
            assertThat(data.resolve("postgres/cluster-18/postmaster.pid"))
                    .as("it ended in order")
                    .doesNotExist();
        } finally {
            owner.destroyForcibly();
        }
    }

    private ProcessHandle postmaster() throws IOException {
        String pid = Files.readAllLines(data.resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst();
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }
}
