package io.orizuru.router.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * A file that is either its old or its new content whatever dies when, that knows when it was damaged, and that nobody but
 * this user may read.
 */
final class DurableFile {
    private final Path file;

    DurableFile(Path file) {
        this.file = file;
    }

    /** Content that is not what was written. */
    static final class Damaged extends Exception {
        private Damaged(Path file, Path kept) {
            super(file + " is damaged, and kept as " + kept.getFileName());
        }
    }

    /** Makes a directory, with what is above it, for this user alone. */
    static void makeDirectory(Path directory) throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** When it returns, the content survives a power loss. */
    void write(byte[] content) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        try (FileChannel channel = FileChannel.open(
                fresh,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            writeAll(channel, (digest(content) + "\n").getBytes(StandardCharsets.US_ASCII));
            writeAll(channel, content);
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
        for (ByteBuffer rest = ByteBuffer.wrap(bytes); rest.hasRemaining(); ) {
            channel.write(rest);
        }
    }

    /**
     * Reads it.
     *
     * @return nothing when it is not there
     * @throws Damaged when it is not as it was written; it is set aside then
     */
    byte[] read() throws IOException, Damaged {
        byte[] all;
        try {
            all = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return new byte[0];
        }
        int start = 65;
        if (all.length > start) {
            byte[] content = java.util.Arrays.copyOfRange(all, start, all.length);
            if (new String(all, 0, start, StandardCharsets.US_ASCII).equals(digest(content) + "\n")) {
                return content;
            }
        }
        Path kept = file.resolveSibling(file.getFileName() + ".damaged");
        Files.move(file, kept, StandardCopyOption.REPLACE_EXISTING);
        throw new Damaged(file, kept);
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
