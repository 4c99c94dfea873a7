package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.StaleEpochException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
    @TempDir
    Path directory;

    @Test
    void severalWriteTheSameFileAndItIsWhole() throws Exception {
        Path file = directory.resolve("groups");
        List<String> texts = List.of("a".repeat(50_000), "b".repeat(10), "c".repeat(20_000));
        Callable<Void> writes = () -> {
            for (int i = 0; i < 60; i++) {
                DurableFiles.writeText(file, texts.get(i % texts.size()));
                assertThat(texts).contains(DurableFiles.readText(file));
            }
            return null;
        };
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(writers.submit(writes));
            }
            for (Future<Void> one : all) {
                one.get();
            }
        }
        assertThat(DurableFiles.list(directory)).containsExactly(file);
    }

    @Test
    void aFileThatSomebodyMadeLargeDoesNotComeIntoMemory() throws IOException {
        Path file = directory.resolve("failed");
        try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
            large.setLength(4L << 30);
        }
        assertThat(DurableFiles.readText(file)).isEmpty();
        assertThat(FailedStep.read(file)).isEmpty();
        assertThatThrownBy(() -> DurableFiles.readJson(file, String.class))
                .hasRootCauseMessage("it has more than 16777216 bytes");
    }

    @Test
    void whatAKilledServerBeganToWriteIsRemovedWhenItIsOld() throws IOException {
        Path begun = Files.createFile(directory.resolve(".v1.json-1.new"));
        Path kept = Files.createFile(directory.resolve("v1.json"));
        DurableFiles.sweep(directory, Duration.ofSeconds(15));
        assertThat(DurableFiles.list(directory)).containsExactly(begun, kept);

        Files.setLastModifiedTime(begun, FileTime.from(Instant.now().minusSeconds(16)));
        DurableFiles.sweep(directory, Duration.ofSeconds(15));
        assertThat(DurableFiles.list(directory)).containsExactly(kept);
    }

    @Test
    void aServerThatStoodStillDoesNotTakeAHigherEpochBack() throws IOException {
        AppDirectory app = AppDirectory.of(directory, "shop");
        assertThat(app.epoch()).isZero();
        app.advance(9);
        app.advance(10);
        // It had looked before, and writes only now.
        DurableFiles.mark(app.path().resolve("epoch-9"));

        assertThat(app.epoch()).isEqualTo(10);
        assertThatThrownBy(() -> app.advance(9)).isInstanceOf(StaleEpochException.class);
        app.advance(11);
        assertThat(DurableFiles.list(app.path())).containsExactly(app.path().resolve("epoch-11"));
    }
}
