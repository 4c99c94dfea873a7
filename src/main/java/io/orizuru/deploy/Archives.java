package io.orizuru.deploy;

import io.orizuru.config.Settings;
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

    /** Fills a file with what is to be kept under a name. */
    interface Filling {
        void into(Path file) throws IOException;
    }

    /** Keeps what is filled in, all of it or nothing; durable when it returns. */
    void receive(String name, Filling filling) throws IOException {
        Files.createDirectories(directory, OWNER_ONLY);
        Path draft = path(name + ".part");
        try {
            Files.deleteIfExists(draft);
            filling.into(draft);
            force(draft);
            Files.move(draft, path(name), StandardCopyOption.ATOMIC_MOVE);
            force(directory);
        } finally {
            Files.deleteIfExists(draft);
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

    /** Gives an archive that is kept a second name, for another deploy of it; durable when it returns. */
    void share(String kept, String name) {
        try {
            Files.createLink(path(name), path(kept));
            force(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("the archive " + kept + " cannot be used again", e);
        }
    }

    boolean exists(String name) {
        return !name.isEmpty() && Files.exists(path(name));
    }

    /** Absent is fine, and so is no name. */
    void delete(String name) {
        if (name.isEmpty()) {
            return;
        }
        try {
            Files.deleteIfExists(path(name));
            Files.deleteIfExists(path(name + ".part"));
        } catch (IOException e) {
            throw new UncheckedIOException("the archive " + name + " cannot be deleted", e);
        }
    }
}
