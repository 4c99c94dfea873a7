package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.orizuru.config.Settings.BuildEnvironment;
import io.orizuru.config.Settings.BuildLimits;
import io.orizuru.provision.AppManifest;
import io.orizuru.provision.Build;
import io.orizuru.provision.BuildFailed;
import io.orizuru.provision.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class BuilderTest {
    private static final Checkpoint GO_ON = () -> {};

    @TempDir
    Path directory;

    private Ground ground;

    @BeforeEach
    void open() throws IOException {
        Path token = Files.writeString(directory.resolve("registry.conf"), "from the operator\n");
        Files.setPosixFilePermissions(token, Set.of(PosixFilePermission.OWNER_READ));
        ground = new Ground(
                directory,
                new BuildEnvironment(
                        Map.of("REGISTRY_TOKEN", "abcdef123", "MIRROR", "https://me:hunter22@mirror.example/simple"),
                        List.of(token)));
    }

    @AfterEach
    void close() {
        ground.close();
    }

    private static Map<String, String> app(String hooks) {
        return Map.of("Procfile", "web: ./serve\nmailer: ./mail\n", "tsuru.yaml", "hooks:\n  build:\n" + hooks);
    }

    private void assertNothingLeft(String app) {
        assertThat(DurableFiles.list(ground.builds(app))).isEmpty();
    }

    @Test
    void aBuildTellsItsProcessesAndItsManifest() {
        Build build = ground.build("blog", "generic", app("    - touch made-by-hook\n"));
        assertThat(build.version()).isEqualTo(1);
        assertThat(build.image()).isEqualTo("process/blog:v1");
        assertThat(build.processes()).isEqualTo(Map.of("web", "./serve", "mailer", "./mail"));
        assertThat(build.manifest())
                .isEqualTo(new AppManifest(List.of("touch made-by-hook"), List.of(), List.of(), null));
        assertThat(ground.builds("blog").resolve("v1/made-by-hook")).exists();
        assertThat(DurableFiles.list(ground.builds("blog")))
                .extracting(path -> path.getFileName().toString())
                .containsExactly("v1", "v1.json");
    }

    @Test
    void hooksSeeTheAppsVariablesAndTheOperatorsWhichAreMasked() {
        ground.build(
                "blog",
                "generic",
                app("    - echo \"$FROM_APP $REGISTRY_TOKEN\"; echo $MIRROR; cat " + directory.resolve("registry.conf")
                        + "; pwd; id -u\n"));
        assertThat(ground.output).contains("app's ***", "https://***@mirror.example/simple", "from the operator");
        if (ground.engine.missing().isEmpty()) {
            assertThat(ground.output).contains("/home/application/current");
        }
        if (Ground.ROOT) {
            assertThat(ground.output).doesNotContain("0");
        }
    }

    @Test
    void aSecretThatTheOperatorChangesIsMaskedFromTheNextBuildOn() throws IOException {
        Path file = directory.resolve("registry.conf");
        Path archive = ground.archive(app("    - echo got `cat " + file + "`\n"));
        for (int version = 1; version <= 2; version++) {
            Files.delete(file);
            Files.writeString(file, "_authToken=changed-" + version + "\n");
            ground.build("blog", version, "k" + version, "generic", archive, GO_ON);
        }
        assertThat(ground.output)
                .filteredOn(line -> line.startsWith("got "))
                .containsExactly("got _authToken=***", "got _authToken=***");
    }

    @Test
    void aFileOfTheOperatorThatIsNoneAnyMoreIsTold() throws IOException {
        Path file = directory.resolve("registry.conf");
        Files.delete(file);
        Files.createDirectory(file);
        assertThatThrownBy(() -> ground.build("blog", "generic", app("    - 'true'\n")))
                .isInstanceOf(BuildFailed.class)
                .hasMessage("the file \"" + file + "\" of build.files, in the server's settings,"
                        + " is not a regular file: builds get files, no directories");
        assertNothingLeft("blog");
    }

    @Test
    void theSameKeyIsBuiltOnce() {
        Path archive = ground.archive(app("    - date +%N > when\n"));
        Build first = ground.build("blog", 1, "k1", "generic", archive, GO_ON);
        String when = DurableFiles.readText(ground.builds("blog").resolve("v1/when"));
        ground.restart(() -> {});
        assertThat(ground.build("blog", 1, "k1", "generic", archive, GO_ON)).isEqualTo(first);
        assertThat(DurableFiles.readText(ground.builds("blog").resolve("v1/when")))
                .isEqualTo(when);
        assertThatThrownBy(() -> ground.build("blog", 1, "k2", "generic", archive, GO_ON))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("k1");
    }

    @Test
    void aCancelledBuildLeavesNothing() {
        Path archive = ground.archive(app("    - sleep 1000 & sleep 1000\n"));
        AtomicReference<Running> running = new AtomicReference<>();
        Checkpoint cancelled = () -> {
            attempt().flatMap(path -> Running.read(path.resolve("run"))).ifPresent(found -> {
                running.set(found);
                throw new IllegalStateException("cancelled");
            });
        };
        assertThatThrownBy(() -> ground.build("blog", 1, "k1", "generic", archive, cancelled))
                .hasMessage("cancelled");
        assertThat(running.get().alive()).isFalse();
        assertNothingLeft("blog");
    }

    private Optional<Path> attempt() {
        return DurableFiles.list(ground.builds("blog")).stream()
                .filter(path -> path.getFileName().toString().startsWith(".build-"))
                .findFirst();
    }

    @Test
    void theCheckpointIsAskedAtLeastTwiceASecond() {
        AtomicInteger asked = new AtomicInteger();
        ground.build("blog", 1, "k1", "generic", ground.archive(app("    - sleep 2\n")), asked::incrementAndGet);
        assertThat(asked.get()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void anotherAttemptUnderTheSameKeyEndsTheOneBefore() throws InterruptedException {
        Path slow = ground.archive(app("    - '[ -e /tmp/never ] || sleep 1000'\n"));
        AtomicReference<Throwable> outcome = new AtomicReference<>();
        Thread first = Thread.ofVirtual().start(() -> {
            try {
                ground.build("blog", 1, "k1", "generic", slow, GO_ON);
            } catch (RuntimeException e) {
                outcome.set(e);
            }
        });
        ground.await("the first attempt", () -> attempt()
                .flatMap(path -> Running.read(path.resolve("run")))
                .isPresent());
        Running running = Running.read(attempt().orElseThrow().resolve("run")).orElseThrow();
        Build second = ground.build("blog", 1, "k1", "generic", ground.archive(app("    - 'true'\n")), GO_ON);
        assertThat(first.join(Duration.ofSeconds(20))).isTrue();
        assertThat(outcome.get()).isNotNull();
        assertThat(running.alive()).isFalse();
        assertThat(second.processes()).containsKey("web");
        assertThat(DurableFiles.list(ground.builds("blog"))).hasSize(2);
    }

    @Test
    void aFailingHookIsToldWithItsCodeAndLeavesNothing() {
        assertThatThrownBy(() -> ground.build("blog", "generic", app("    - echo so; exit 3\n")))
                .isInstanceOf(BuildFailed.class)
                .hasMessage("the build failed: \"Running the build hook \"echo so; exit 3\"\" exited with 3");
        assertThat(ground.output).contains("so");
        assertNothingLeft("blog");
    }

    @Test
    void anArchiveWithoutAnythingToRunIsRefused() {
        assertThatThrownBy(() -> ground.build("blog", "generic", Map.of("a", "b")))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("a Procfile is missing");
        assertNothingLeft("blog");
    }

    @Test
    void aProcfileThatLeadsOutsideIsNotRead() throws IOException {
        Path outside = Files.writeString(directory.resolve("Procfile"), "web: outside\n");
        ground.build("blog", "generic", app("    - 'true'\n"));
        Path tree = ground.builds("blog").resolve("v1");
        Files.delete(tree.resolve("Procfile"));
        Files.createSymbolicLink(tree.resolve("Procfile"), outside);
        assertThatThrownBy(() -> TreeText.read(tree, "Procfile")).hasMessageContaining("not a file of the archive");
    }

    @Test
    void platformsThatCannotBeBuiltAreRefusedByName() {
        assertThat(ground.engine.refusal("generic")).isNull();
        assertThat(ground.engine.refusal("static")).isNull();
        assertThat(ground.engine.refusal("cobol"))
                .isEqualTo(
                        "the platform \"cobol\" is not known here; these are: static, python, nodejs, java, go, generic");
        assertThatThrownBy(() -> ground.build("blog", "cobol", Map.of("a", "b")))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("\"cobol\"");
    }

    @Test
    void removingABuildIsIdempotent() {
        ground.build("blog", "generic", app("    - 'true'\n"));
        ground.engine.removeBuild("blog", 1);
        ground.engine.removeBuild("blog", 1);
        ground.engine.removeBuild("nobody", 1);
        assertNothingLeft("blog");
    }

    @Test
    void aBuildThatTakesTooLongIsEnded() throws IOException {
        assumeTrue(ground.engine.missing().isEmpty());
        Path other = DurableFiles.directory(directory.resolve("impatient"));
        try (Ground impatient = new Ground(other, ground.buildEnvironment)) {
            ProcessEngine engine = new ProcessEngine(
                    ProcessEngine.Options.of(directory.resolve("impatient/data"), ground.buildEnvironment)
                            .withBuildTimeout(Duration.ofMillis(500)),
                    line -> {},
                    Clock.systemUTC());
            impatient.engine.close();
            impatient.engine = engine;
            Path archive = ground.archive(app("    - sleep 1000\n"));
            assertThatThrownBy(() -> impatient.build("blog", 1, "k1", "generic", archive, GO_ON))
                    .isInstanceOf(BuildFailed.class)
                    .hasMessageContaining("longer than");
            assertThat(DurableFiles.list(impatient.builds("blog"))).isEmpty();
        }
    }

    @Test
    void aHostileArchiveLeavesNothing() throws IOException {
        for (HostileArchives.Case hostile : HostileArchives.all()) {
            if (hostile.name().endsWith("(tar.gz)") || hostile.name().endsWith("(zip)")) {
                Path archive = Files.write(
                        directory.resolve("hostile"), hostile.archive().get());
                assertThatThrownBy(() -> ground.build("blog", 1, "k1", "generic", archive, GO_ON))
                        .as(hostile.name())
                        .isInstanceOf(BuildFailed.class)
                        .hasMessageContaining(hostile.refusal());
                assertNothingLeft("blog");
            }
        }
    }

    @Test
    void whatABuildCachesIsThereForTheNextOneOfTheAppAndForNoOther() {
        String hook = "    - cat ~/.cache/*/times; mkdir -p ~/.cache/tool; date >> ~/.cache/tool/times; echo .\n";
        ground.build("blog", 1, "k1", "generic", ground.archive(app(hook)), GO_ON);
        ground.build("shop", 1, "k1", "generic", ground.archive(app(hook)), GO_ON);
        assertThatThrownBy(() ->
                        ground.build("blog", 2, "k2", "generic", ground.archive(app(hook + "    - exit 1\n")), GO_ON))
                .isInstanceOf(BuildFailed.class);
        ground.build("blog", 3, "k3", "generic", ground.archive(app(hook)), GO_ON);
        assertThat(DurableFiles.readText(cache("blog").resolve("tool/times"))).hasLineCount(3);
        assertThat(DurableFiles.readText(cache("shop").resolve("tool/times"))).hasLineCount(1);
    }

    private static final int SIZE_MIB = 8;

    private Ground small() throws IOException {
        BuildLimits limits = new BuildLimits(Duration.ofSeconds(60), 0, 0, (long) SIZE_MIB << 20, 1024);
        Path other = DurableFiles.directory(directory.resolve("small"), "rwxr-xr-x");
        return new Ground(other, ground.buildEnvironment, options -> options.withBuildLimits(limits));
    }

    private static String write(String file, int mib) {
        return "    - mkdir -p ~/.cache && dd if=/dev/zero of=" + file + " bs=1M count=" + mib + "\n";
    }

    @Test
    void aBuildThatWritesTooMuchIsEndedSoonAndLosesItsCache() throws IOException {
        try (Ground small = small()) {
            small.build("blog", 1, "k1", "generic", small.archive(app(write("$HOME/.cache/kept", 3))), GO_ON);
            Path greedy = small.archive(app(write("$HOME/more", 6) + "    - sleep 1000\n"));
            long began = System.nanoTime();
            assertThatThrownBy(() -> small.build("blog", 2, "k2", "generic", greedy, GO_ON))
                    .isInstanceOf(BuildFailed.class)
                    .hasMessageStartingWith("what the build wrote has at least ")
                    .hasMessageEndingWith(", more than the limit of 8 MiB");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
            assertThat(small.output)
                    .anyMatch(line -> line.contains("it is dropped, and the next build starts without it"));
            small.build("blog", 3, "k3", "generic", small.archive(app("    - '[ ! -e ~/.cache ]'\n")), GO_ON);
        }
    }

    @Test
    void aCacheOfMoreThanHalfOfWhatABuildMayWriteIsNotKept() throws IOException {
        try (Ground small = small()) {
            small.build("blog", 1, "k1", "generic", small.archive(app(write("$HOME/.cache/much", 5))), GO_ON);
            assertThat(small.builds("blog").resolveSibling("cache")).doesNotExist();
        }
    }

    private Path cache(String app) {
        return ground.builds(app).resolveSibling("cache");
    }

    @Test
    void aCacheThatIsALinkIsNotKept() {
        ground.build("blog", "generic", app("    - ln -s /etc ~/.cache\n"));
        assertThat(Files.exists(cache("blog"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void aCacheOfSomebodyElseIsNotLent() throws IOException {
        Files.createDirectories(ground.builds("blog"));
        Files.createSymbolicLink(cache("blog"), Path.of("/etc"));
        ground.build("blog", "generic", app("    - '[ ! -e ~/.cache ]'\n"));
        assertThat(Files.exists(cache("blog"), LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(Path.of("/etc/passwd")).exists();
    }

    @Test
    void aPythonProjectIsInstalledWithoutTheNetwork() {
        assumeTrue(ground.engine.refusal("python") == null);
        String backend = """
                import zipfile
                def build_wheel(directory, settings=None, metadata=None):
                    name = "hello-1-py3-none-any.whl"
                    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
                        wheel.writestr("hello.py", "print('hello')")
                        wheel.writestr("hello-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: hello\\nVersion: 1\\n")
                        wheel.writestr("hello-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                        wheel.writestr("hello-1.dist-info/RECORD", "")
                    return name
                """;
        String project = """
                [build-system]
                requires = []
                build-backend = "backend"
                backend-path = ["."]
                [project]
                name = "hello"
                version = "1"
                """;
        ground.build(
                "blog",
                "python",
                Map.of(
                        "pyproject.toml",
                        project,
                        "backend.py",
                        backend,
                        "Procfile",
                        "web: python -m hello\n",
                        "tsuru.yaml",
                        "hooks:\n  build:\n    - cd / && python -m hello\n"));
        assertThat(ground.output).contains("hello");
    }

    @Test
    void aMavenProjectIsBuiltWithTheOptionsOfTheApp() {
        assumeTrue(ground.engine.refusal("java") == null && Tools.found("mvn"));
        String pom = """
                <project>
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>g</groupId><artifactId>a</artifactId><version>1</version><packaging>pom</packaging>
                </project>
                """;
        // A packaging that needs no plugin, so no network; the jar comes with the archive.
        Build build =
                ground.build("blog", "java", Map.of("pom.xml", pom, "target/a-1.jar", "", "system.properties", ""));
        assertThat(build.processes()).isEqualTo(Map.of("web", "java $JAVA_OPTS -jar target/a-1.jar"));
        assertThat(ground.output).anyMatch(line -> line.contains("BUILD SUCCESS"));
        assertThatThrownBy(() -> ground.build("shop", "java", Map.of("pom.xml", pom)))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining("the platform java found nothing");
        assertNothingLeft("shop");
    }
}
