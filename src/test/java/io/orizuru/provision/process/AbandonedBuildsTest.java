package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which attempts at a build a server removes that shares its directory with others. */
class AbandonedBuildsTest {
    private static final Duration A_WHILE = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    @Test
    void anAttemptThatAnotherServerJustBeginsStays() throws IOException {
        Path attempt = attempt();
        Builder.sweep(app(), A_WHILE);
        assertThat(attempt).exists();
    }

    @Test
    void anAttemptThatNamedNobodyForAWhileGoes() throws IOException {
        Path attempt = attempt();
        Builder.sweep(app(), Duration.ZERO);
        assertThat(attempt).doesNotExist();
    }

    @Test
    void anAttemptOfALivingServerStaysHoweverOldItIs() throws IOException {
        Path attempt = attempt();
        DurableFiles.writeJson(
                attempt.resolve("owner.json"),
                Running.of(ProcessHandle.current().pid()).orElseThrow());
        Builder.sweep(app(), Duration.ZERO);
        assertThat(attempt).exists();
    }

    private AppDirectory app() {
        return AppDirectory.of(directory.resolve("apps"), "blog");
    }

    private Path attempt() throws IOException {
        return Files.createDirectories(app().builds().resolve(".build-key-1-1"));
    }
}
