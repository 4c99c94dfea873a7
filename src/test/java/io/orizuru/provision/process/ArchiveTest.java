package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.provision.BuildFailed;
import io.orizuru.testing.RawTar;
import io.orizuru.testing.RawZip;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class ArchiveTest {
    private static final Duration SOON = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    static List<HostileArchives.Case> hostile() {
        return HostileArchives.all();
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void aHostileArchiveIsRefusedSoonAndWritesNothingOutside(HostileArchives.Case hostile) throws IOException {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path file = Files.write(directory.resolve("archive"), hostile.archive().get());
        long before = cpuNanos();
        assertThatThrownBy(() -> new Archive(file, ArchiveLimits.DEFAULT).unpack(root, null, () -> {}))
                .isInstanceOf(BuildFailed.class)
                .hasMessageStartingWith("the archive")
                .hasMessageContaining(hostile.refusal());
        // The processor's time, not the clock's: other tests may run beside this one.
        Duration spent = Duration.ofNanos(cpuNanos() - before);
        if (spent.compareTo(SOON) >= 0) {
            // A slow processor needs longer only to see what is in it.
            assertThat(spent).isLessThan(timeToDecompress(file).multipliedBy(2));
        }
        assertThat(DurableFiles.list(directory)).containsExactly(file, root);
    }

    private static Duration timeToDecompress(Path file) throws IOException {
        long before = cpuNanos();
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (ZipException notCompressed) {
            return Duration.ZERO;
        }
        return Duration.ofNanos(cpuNanos() - before);
    }

    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    @Test
    void theCorpusIsNoSmallOne() {
        assertThat(hostile())
                .hasSizeGreaterThan(100)
                .extracting(HostileArchives.Case::name)
                .doesNotHaveDuplicates();
    }

    static Stream<Arguments> tooLarge() {
        RawTar deep = new RawTar();
        IntStream.range(0, 10).forEach(i -> deep.file("d" + i + "/a/b/c/d/e", 0644, "x"));
        RawTar many = new RawTar();
        IntStream.range(0, 51).forEach(i -> many.file("f" + i, 0644, ""));
        RawTar names = new RawTar().entry("f", '0', 0644, new byte[1 << 20], "");
        return Stream.of(
                Arguments.of("a large archive", new byte[(3 << 20) + 1], "more than 3 MiB"),
                Arguments.of("many entries", many.tar(), "more than 50 entries"),
                Arguments.of("many directories that no entry names", deep.tar(), "more than 50 entries, directories"),
                Arguments.of(
                        "many bytes",
                        names.entry("g", '0', 0644, new byte[(1 << 20) + 1], "").tar(),
                        "\"g\" makes the archive unpack to more than 2 MiB"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("tooLarge")
    void limitsHold(String name, byte[] archive, String message) throws IOException {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path file = Files.write(directory.resolve("archive"), archive);
        ArchiveLimits limits = new ArchiveLimits(3 << 20, 2 << 20, 50, 200);
        assertThatThrownBy(() -> new Archive(file, limits).unpack(root, null, () -> {}))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining(message);
    }

    @Test
    void anHonestTarKeepsModesAndLinksButNoSetuid() throws IOException {
        Path root = unpack(RawTar.gzip(new RawTar()
                .header("pax", 'g', 0644, RawTar.octal(20), "")
                .content("20 comment=honestly\n".getBytes(StandardCharsets.UTF_8))
                .directory("./", 0777)
                .file("./run", 0106755, "#!/bin/sh\n")
                .file("./lib/a b ü.txt", 0600, "old")
                .file("./lib/a b ü.txt", 0640, "new")
                .file("./lib/A B Ü.txt", 0, "other")
                .directory("./empty", 01000)
                .directory("./empty", 02755)
                .symbolicLink("./link", "lib/../run")
                .symbolicLink("./dangling", "nothing/yet")
                .symbolicLink("./lib/up", "..")
                .symbolicLink("./replaced", "lib")
                .file("./replaced", 0644, "a file now")
                .hardLink("./lib/hard", "./run")
                .file("long/" + "n".repeat(200), 0644, "x")
                .tar()));
        assertThat(mode(root.resolve("run"))).isEqualTo("rwxr-xr-x");
        assertThat((int) Files.getAttribute(root.resolve("run"), "unix:mode") & 07000)
                .isZero();
        assertThat((int) Files.getAttribute(root.resolve("empty"), "unix:mode") & 07777)
                .isEqualTo(0755);
        assertThat(root.resolve("lib/a b ü.txt")).hasContent("new");
        assertThat(root.resolve("lib/A B Ü.txt")).hasContent("other");
        assertThat(mode(root.resolve("lib/A B Ü.txt"))).isEqualTo("rw-------");
        assertThat(Files.readSymbolicLink(root.resolve("link"))).hasToString("lib/../run");
        assertThat(Files.readSymbolicLink(root.resolve("dangling"))).hasToString("nothing/yet");
        assertThat(root.resolve("lib/up")).isDirectory();
        assertThat(root.resolve("replaced")).hasContent("a file now");
        assertThat(root.resolve("lib/hard")).hasContent("#!/bin/sh\n");
        assertThat(root.resolve("long").resolve("n".repeat(200))).hasContent("x");
    }

    @Test
    void anHonestZipIsUnpackedWithModesAndLinks() throws IOException {
        Path root = unpack(honest().zip());
        assertThat(mode(root.resolve("run"))).isEqualTo("rwxr-xr-x");
        assertThat(root.resolve("sub/ü")).hasContent("y".repeat(2000));
        assertThat(root.resolve("l")).hasContent("y".repeat(2000));
        assertThat(root.resolve("empty")).isDirectory();
    }

    private static RawZip honest() {
        return new RawZip()
                .file("run", 06755, "x")
                .special("sub/ü", 0, "y".repeat(2000))
                .symbolicLink("l", "sub/ü")
                .directory("empty/", 0700);
    }

    @Test
    void anHonestZip64IsUnpacked() throws IOException {
        RawZip zip = honest();
        assertThat(unpack(zip.zip64(zip.start(), zip.tableSize())).resolve("run"))
                .hasContent("x");
    }

    @Test
    void aSmallArchiveOfZerosIsNoBomb() throws IOException {
        Path root = unpack(RawTar.gzip(
                new RawTar().entry("disk", '0', 0644, new byte[15 << 20], "").tar()));
        assertThat(root.resolve("disk")).hasSize(15 << 20);
    }

    @Test
    void aPlainTarIsToldByItsContent() throws IOException {
        assertThat(unpack(Ground.tar(Map.of("a", "b"))).resolve("a")).hasContent("b");
    }

    @Test
    void unpackingAsksItsCheckpoint() {
        long start = System.nanoTime();
        Meter meter = new Meter(ArchiveLimits.DEFAULT, 1000, () -> {
            throw new IllegalStateException("cancelled");
        });
        assertThatThrownBy(() -> {
                    while (System.nanoTime() - start < 5_000_000_000L) {
                        meter.bytes("f", 0);
                    }
                })
                .hasMessage("cancelled");
    }

    private Path unpack(byte[] archive) throws IOException {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path file = Files.write(directory.resolve("archive"), archive);
        new Archive(file, ArchiveLimits.DEFAULT).unpack(root, null, () -> {});
        return root;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
