package io.orizuru.provision.process;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Files that are whole after a crash: written beside, flushed, renamed. All are for the server's user alone. Several servers
 * may write the same one at a time; the last one's stays.
 */
final class DurableFiles {
    /** What is being written; after a crash it is left. */
    private static final String FRESH = ".new";

    /** Names in what is read may be apps': none is kept when it was read. */
    static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .addModule(new JavaTimeModule())
            .build();

    private static final int LARGEST_TEXT = 1 << 20;
    private static final int LARGEST_JSON = 16 << 20;

    private DurableFiles() {}

    static void write(Path file, byte[] content) throws IOException {
        write(file, content, "rw-------");
    }

    static void write(Path file, byte[] content, String permissions) throws IOException {
        Path fresh = Files.createTempFile(
                file.toAbsolutePath().getParent(),
                "." + file.getFileName() + "-",
                FRESH,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(content);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            // Not by the attribute above: the umask would take bits away.
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        flushDirectory(file);
    }

    /** Removes what servers that were killed had begun to write in a directory, at least so long ago. */
    static void sweep(Path directory, Duration age) throws IOException {
        for (Path path : list(directory)) {
            String name = path.getFileName().toString();
            if (name.startsWith(".") && name.endsWith(FRESH) && isOlder(path, age)) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Makes an empty file unless it is there, to stay after a power loss. */
    static void mark(Path file) throws IOException {
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            return;
        }
        flushDirectory(file);
    }

    static void writeText(Path file, String content) throws IOException {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    static void writeJson(Path file, Object value) throws IOException {
        write(file, JSON.writeValueAsBytes(value));
    }

    static <T> Optional<T> readJson(Path file, Class<T> type) {
        try {
            return Optional.of(JSON.readValue(read(file, LARGEST_JSON), type));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /** Of a file that apps may have a way to write: no more than that of it comes into memory. */
    private static byte[] read(Path file, int largest) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(largest + 1);
            if (content.length > largest) {
                throw new IOException("it has more than " + largest + " bytes");
            }
            return content;
        }
    }

    /** The trimmed text of a small file, empty when it is not there or not small. */
    static String readText(Path file) {
        try {
            return new String(read(file, LARGEST_TEXT), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Renames a directory and makes the rename survive a power loss. */
    static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        flushDirectory(to);
    }

    static Path directory(Path path) throws IOException {
        return directory(path, "rwx------");
    }

    /** Makes the directory (and, for the server's user alone, its parents) unless it is there; sets its permissions. */
    static Path directory(Path path, String permissions) throws IOException {
        Path parent = path.getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            directory(parent);
        }
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(path)) {
                throw e;
            }
        }
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        return path;
    }

    /** The entries of a directory, sorted by name; none when it is not there. */
    static List<Path> list(Path directory) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw new UncheckedIOException("cannot list " + directory, e.getCause());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory, e);
        }
        entries.sort(null);
        return entries;
    }

    /**
     * Some entries of a directory that an app fills as it likes, sorted by name; the others are not remembered.
     *
     * @param most so many, of those that come first
     */
    static List<Path> some(Path directory, int most, Predicate<Path> wanted) {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            for (Path entry : stream) {
                if (entries.size() < most && wanted.test(entry)) {
                    entries.add(entry);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (DirectoryIteratorException | IOException e) {
            throw new UncheckedIOException("cannot list " + directory, new IOException(e));
        }
        entries.sort(null);
        return entries;
    }

    /** Whether it was last changed longer ago than that; not when it is not there. */
    static boolean isOlder(Path path, Duration age) {
        try {
            return Files.getLastModifiedTime(path)
                    .toInstant()
                    .isBefore(Instant.now().minus(age));
        } catch (IOException e) {
            return false; // It went meanwhile.
        }
    }

    /** Gives a file or directory to a user; null leaves it with the server's own. Symbolic links are not followed. */
    static void own(Path path, @Nullable Integer user) throws IOException {
        if (user != null) {
            Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(path, "unix:gid", user, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static void flushDirectory(Path entry) throws IOException {
        Path parent = entry.toAbsolutePath().getParent();
        if (parent == null) {
            return;
        }
        try (FileChannel channel = FileChannel.open(parent, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
