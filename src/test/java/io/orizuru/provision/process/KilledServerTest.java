package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.provision.Build;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.UnitSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KilledServerTest {
    @TempDir
    Path directory;

    @Test
    void aKilledServersUnitIsAdoptedAndItsBuildIsEnded() throws IOException, InterruptedException {
        try (Ground ground = new Ground(DurableFiles.directory(directory.resolve("unused")))) {
            // This one stays on a directory of its own until the other server is dead.
            ground.engine.close();
            Integer user = Ground.user(1);
            Path quick = ground.archive(Map.of("Procfile", "worker: true\n"));
            Path endless = ground.archive(
                    Map.of("Procfile", "worker: true\n", "tsuru.yaml", "hooks: {build: [sleep 1000]}\n"));
            Path data = directory.resolve("unused/data");
            Path output = directory.resolve("output");
            Process server = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin/java").toString(),
                            "-Xmx64m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            KilledServer.class.getName(),
                            data.toString(),
                            user == null ? "none" : user.toString(),
                            quick.toString(),
                            endless.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            UnitSpec unit = KilledServer.unit(user);
            try {
                ground.await(
                        "the unit and the second build",
                        () -> DurableFiles.readText(output).contains("line 20")
                                && attempt(data).isPresent());
            } finally {
                server.destroyForcibly();
            }
            assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
            Running before = ground.running(unit);
            Running build = attempt(data).orElseThrow();
            assertThat(before.alive()).isTrue();

            ground.restart(() -> {});

            ObservedUnit adopted = ground.unit(unit);
            assertThat(adopted.running()).isTrue();
            assertThat(adopted.epoch()).isEqualTo(7);
            assertThat(ground.running(unit)).isEqualTo(before);
            assertThat(build.alive()).isFalse();
            assertThat(attempt(data)).isEmpty();
            int last = lastLine(DurableFiles.readText(output));
            ground.awaitLog("line " + (last + 20));
            assertThat(ground.messages()).doesNotHaveDuplicates().contains("line " + (last + 1));
            Build first = ground.engine.build(
                    KilledServer.request("k1", 1, quick.toString(), user), ground.output::add, () -> {});
            assertThat(first.version()).isEqualTo(1);
            assertThat(ground.output).isEmpty();
            ground.engine.apply("blog", 8, List.of());
            ground.await("the end", () -> ground.engine.observe("blog").isEmpty());
        }
    }

    private static int lastLine(String output) {
        String[] lines = output.split("\n");
        for (int i = lines.length - 1; i >= 0; i--) {
            if (lines[i].matches("line \\d+")) {
                return Integer.parseInt(lines[i].substring(5));
            }
        }
        throw new AssertionError("no line in " + output);
    }

    private static Optional<Running> attempt(Path data) {
        return DurableFiles.list(data.resolve("apps/blog/builds")).stream()
                .filter(path -> path.getFileName().toString().startsWith(".build-k2"))
                .flatMap(path -> Running.read(path.resolve("run")).stream())
                .findFirst();
    }
}
