package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.orizuru.provision.BuildFailed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ArchiveTest {
    @TempDir
    Path directory;

    private interface Writer<T> {
        void write(T out) throws IOException;
    }

    private static byte[] tar(Writer<TarArchiveOutputStream> content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream out = new TarArchiveOutputStream(bytes)) {
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            content.write(out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] zip(Writer<ZipArchiveOutputStream> content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream out = new ZipArchiveOutputStream(bytes)) {
            content.write(out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static void file(TarArchiveOutputStream out, String name, int mode, String content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, true);
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        entry.setSize(bytes.length);
        entry.setMode(mode);
        out.putArchiveEntry(entry);
        out.write(bytes);
        out.closeArchiveEntry();
    }

    private static void special(TarArchiveOutputStream out, String name, byte type, String target) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
        entry.setLinkName(target);
        out.putArchiveEntry(entry);
        out.closeArchiveEntry();
    }

    private static byte[] tarFile(String name) {
        return tar(out -> file(out, name, 0644, "x"));
    }

    private static byte[] tarSpecial(String name, byte type, String target) {
        return tar(out -> special(out, name, type, target));
    }

    private static void file(ZipArchiveOutputStream out, String name, int mode, byte[] content) throws IOException {
        ZipArchiveEntry entry = new ZipArchiveEntry(name);
        entry.setUnixMode(mode);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
    }

    private static byte[] zipFile(String name, int mode, String content) {
        return zip(out -> file(out, name, mode, content.getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] zeros(int mebibytes) {
        return gzip(tar(out -> {
            TarArchiveEntry entry = new TarArchiveEntry("zeros");
            entry.setSize((long) mebibytes << 20);
            out.putArchiveEntry(entry);
            for (int i = 0; i < mebibytes; i++) {
                out.write(new byte[1 << 20]);
            }
            out.closeArchiveEntry();
        }));
    }

    /** A header of a file, by hand: the library refuses to write some of what an attacker would. */
    private static byte[] rawTar(String name, char type, long size, byte[] content) {
        byte[] header = new byte[512];
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, 0, Math.min(100, bytes.length));
        put(header, 100, "0000644\0" + "0000000\0" + "0000000\0" + "%011o\0".formatted(size) + "00000000000\0");
        put(header, 148, "        " + type);
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(header);
        out.writeBytes(content);
        out.writeBytes(new byte[(512 - content.length % 512) % 512]);
        out.writeBytes(new byte[1024]);
        return out.toByteArray();
    }

    private static byte[] longPath() {
        byte[] record = "x".repeat(4 << 20).getBytes(StandardCharsets.UTF_8);
        put(record, 0, (4 << 20) + " path=");
        record[record.length - 1] = '\n';
        return record;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static byte[] liarZip() {
        byte[] zip = manyFilesZip();
        ByteBuffer end = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
        end.putShort(zip.length - 22 + 8, (short) 1);
        end.putShort(zip.length - 22 + 10, (short) 1);
        return zip;
    }

    private static byte[] manyFilesZip() {
        return zip(out -> {
            for (int i = 0; i < 60; i++) {
                file(out, "f" + i, 0644, new byte[0]);
            }
        });
    }

    private static byte[] manyFilesTar() {
        return gzip(tar(out -> {
            for (int i = 0; i < 60; i++) {
                file(out, "f" + i, 0644, "");
            }
        }));
    }

    static Stream<Arguments> hostile() {
        byte link = TarConstants.LF_SYMLINK;
        byte hard = TarConstants.LF_LINK;
        return Stream.of(
                Arguments.of("..", tarFile("../outside"), "\"../outside\" has \"..\" in its name"),
                Arguments.of(".. in the middle", tarFile("a/../../outside"), "has \"..\" in its name"),
                Arguments.of(".. of Windows", tarFile("a\\..\\..\\outside"), "has \"..\" in its name"),
                Arguments.of("absolute", tarFile("/etc/outside"), "\"/etc/outside\" has an absolute name"),
                Arguments.of("a drive", tarFile("C:/outside"), "has an absolute name"),
                Arguments.of("deep", tarFile("d/".repeat(101) + "f"), "more than 100 directories deep"),
                Arguments.of("long name", tarFile("n".repeat(300)), "a part of more than 255 bytes"),
                Arguments.of("link out", tarSpecial("l", link, "../../etc"), "\"l\" links to \"../../etc\", outside"),
                Arguments.of("absolute link", tarSpecial("l", link, "/etc/passwd"), "links to the absolute path"),
                Arguments.of("empty link", tarSpecial("l", link, ""), "links to a name that is not 1 to"),
                Arguments.of(
                        "out through another link",
                        tar(out -> {
                            file(out, "sub/f", 0644, "x");
                            special(out, "sub/up", link, "..");
                            special(out, "out", link, "sub/up/../etc");
                        }),
                        "\"out\" links to \"sub/up/../etc\", outside"),
                Arguments.of(
                        "circle",
                        tar(out -> {
                            special(out, "a", link, "b");
                            special(out, "b", link, "a");
                        }),
                        "in a circle"),
                Arguments.of(
                        "write through a link",
                        tar(out -> {
                            special(out, "l", link, "/tmp");
                            file(out, "l/f", 0644, "x");
                        }),
                        "absolute path"),
                Arguments.of(
                        "write below a link",
                        tar(out -> {
                            special(out, "l", link, "sub");
                            file(out, "l/f", 0644, "x");
                        }),
                        "\"l/f\" lies below a link"),
                Arguments.of("hard link out", tarSpecial("h", hard, "../../etc/passwd"), "has \"..\" in its name"),
                Arguments.of("hard link to nothing", tarSpecial("h", hard, "none"), "not a file before it"),
                Arguments.of(
                        "hard link to a link",
                        tar(out -> {
                            special(out, "l", link, "f");
                            special(out, "h", hard, "l");
                        }),
                        "not a file before it"),
                Arguments.of("device", tarSpecial("null", TarConstants.LF_CHR, ""), "\"null\" is a device"),
                Arguments.of("block device", tarSpecial("sda", TarConstants.LF_BLK, ""), "is a device"),
                Arguments.of("pipe", tarSpecial("p", TarConstants.LF_FIFO, ""), "is a named pipe"),
                Arguments.of(
                        "file and directory",
                        tar(out -> {
                            file(out, "a", 0644, "x");
                            file(out, "a/b", 0644, "x");
                        }),
                        "\"a/b\" lies below a file"),
                Arguments.of(
                        "directory and file",
                        tar(out -> {
                            file(out, "a/b", 0644, "x");
                            file(out, "a", 0644, "x");
                        }),
                        "\"a\" is there twice"),
                Arguments.of("the root as a file", tarFile("."), "is there twice"),
                Arguments.of("cut off", Arrays.copyOf(tarFile("f"), 600), "cannot be read"),
                Arguments.of("damaged gzip", Arrays.copyOf(zeros(1), 500), "cannot be read"),
                Arguments.of(
                        "huge header",
                        gzip(rawTar("pax", 'x', 4 << 20, longPath())),
                        "a header is larger than 1024 KiB"),
                Arguments.of(
                        "huge long name", gzip(rawTar("long", 'L', 4 << 20, new byte[4 << 20])), "header is larger"),
                Arguments.of("a size beyond the end", rawTar("f", '0', 5000, new byte[0]), "cannot be read"),
                Arguments.of("bomb", zeros(20), "\"zeros\" makes the archive unpack to more than"),
                Arguments.of("many entries", manyFilesTar(), "more than 50 entries"),
                Arguments.of("many zip entries", manyFilesZip(), "more than 50 entries"),
                Arguments.of("many zip entries, hidden", liarZip(), "more than 50 entries"),
                Arguments.of("zip ..", zipFile("../outside", 0100644, "x"), "has \"..\" in its name"),
                Arguments.of("zip absolute", zipFile("/outside", 0100644, "x"), "absolute name"),
                Arguments.of("zip link out", zipFile("l", 0120777, "../../etc"), "outside"),
                Arguments.of("zip absolute link", zipFile("l", 0120777, "/etc"), "absolute path"),
                Arguments.of("zip long link", zipFile("l", 0120777, "x".repeat(5000)), "more than 4096 bytes"),
                Arguments.of("zip device", zipFile("d", 0020666, ""), "is neither a file"),
                Arguments.of(
                        "zip bomb",
                        zip(out -> file(out, "zeros", 0100644, new byte[20 << 20])),
                        "\"zeros\" makes the archive unpack to more than"),
                Arguments.of("zip cut off", Arrays.copyOf(manyFilesZip(), 3000), "cannot be read"),
                Arguments.of("zip of nothing", zip(out -> {}), "is empty"),
                Arguments.of("tar of nothing", tar(out -> {}), "is empty"),
                Arguments.of("nothing", new byte[0], "is empty"),
                Arguments.of("text", "hello".repeat(200).getBytes(StandardCharsets.UTF_8), "neither a tar, nor"),
                Arguments.of("too large", new byte[(2 << 20) + 1], "more than 2 MiB"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void aHostileArchiveIsRefusedSoonAndWritesNothingOutside(String name, byte[] archive, String message)
            throws IOException {
        Path root = Files.createDirectory(directory.resolve("root"));
        Path file = Files.write(directory.resolve("archive"), archive);
        ArchiveLimits limits = new ArchiveLimits(2 << 20, 18 << 20, 50, 200);
        assertTimeout(Duration.ofSeconds(2), () -> assertThatThrownBy(
                        () -> new Archive(file, limits).unpack(root, null, () -> {}))
                .isInstanceOf(BuildFailed.class)
                .hasMessageContaining(message));
        assertThat(DurableFiles.list(directory)).containsExactly(file, root);
    }

    @Test
    void anHonestTarKeepsModesAndLinksButNoSetuid() throws IOException {
        Path root = unpack(gzip(tar(out -> {
            file(out, "./run", 0106755, "#!/bin/sh\n");
            file(out, "./lib/a b ü.txt", 0600, "old");
            file(out, "./lib/a b ü.txt", 0640, "new");
            special(out, "./link", TarConstants.LF_SYMLINK, "lib/../run");
            special(out, "./lib/hard", TarConstants.LF_LINK, "./run");
        })));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("run"))))
                .isEqualTo("rwxr-xr-x");
        assertThat((int) Files.getAttribute(root.resolve("run"), "unix:mode") & 07000)
                .isZero();
        assertThat(root.resolve("lib/a b ü.txt")).hasContent("new");
        assertThat(Files.readSymbolicLink(root.resolve("link"))).hasToString("lib/../run");
        assertThat(root.resolve("lib/hard")).hasContent("#!/bin/sh\n");
    }

    @Test
    void anHonestZipIsUnpackedWithModesAndLinks() throws IOException {
        Path root = unpack(zip(out -> {
            file(out, "run", 0100755, new byte[] {'x'});
            file(out, "sub/plain", 0, new byte[] {'y'});
            file(out, "l", 0120777, "sub/plain".getBytes(StandardCharsets.UTF_8));
        }));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("run"))))
                .isEqualTo("rwxr-xr-x");
        assertThat(root.resolve("l")).hasContent("y");
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
                        meter.wrote("f", 0);
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
}
