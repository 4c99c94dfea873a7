package io.orizuru.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnedFileTest {
    @TempDir
    Path directory;

    @Test
    void aFileIsAbandonedUnlessAnotherProcessThatLivesMadeIt() throws IOException {
        long living = ProcessHandle.current().parent().orElseThrow().pid();
        // Beyond the highest number that Linux gives to a process.
        long dead = 5_000_000;
        Path left = Files.createFile(directory.resolve("upload-17-" + dead));
        Path nameless = Files.createFile(directory.resolve("upload"));
        Path ofALifeBefore = Files.createFile(directory.resolve("upload-18" + OwnedFile.suffix()));
        Files.createFile(directory.resolve("upload-19-" + living));
        assertThat(OwnedFile.abandoned(directory)).containsExactlyInAnyOrder(left, nameless, ofALifeBefore);
    }

    @Test
    void whereNothingIsNothingIsAbandoned() {
        assertThat(OwnedFile.abandoned(directory.resolve("none"))).isEmpty();
    }
}
