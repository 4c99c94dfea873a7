package io.orizuru.deploy;

import io.orizuru.config.Settings;
import io.orizuru.http.OwnedFile;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Uploaded archives of deploys under way. They are on disk, durably, before their deploy is accepted. */
@ApplicationScoped
class Archives {
    /** What people upload is nobody else's business on this machine. */
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;

    Archives(Settings settings) {
        directory = settings.data().resolve("archives");
    }

    /** The archives of processes that are gone. */
    List<String> abandoned() {
        return OwnedFile.abandoned(directory).stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    /** Takes an upload over under a name; durable when it returns. */
    void take(Path upload, String name) {
        try {
            Files.createDirectories(directory, OWNER_ONLY);
            Path target = path(name);
            Files.move(upload, target, StandardCopyOption.ATOMIC_MOVE);
            force(target);
            force(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("the uploaded archive cannot be kept", e);
        }
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    /** Absent is fine. */
    void delete(String name) {
        try {
            Files.deleteIfExists(path(name));
        } catch (IOException e) {
            throw new UncheckedIOException("the archive " + name + " cannot be deleted", e);
        }
    }
}
