package io.orizuru.mail;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** Without a mail server: a directory with a file per mail, for the operator to read and pass on. Nobody else can read them. */
final class FileOutbox implements Carrier {
    private final Path directory;

    FileOutbox(Path directory) {
        this.directory = directory;
    }

    @Override
    public void carry(String id, Message message) throws UndeliveredException {
        String text = "To: " + message.to() + "\nSubject: " + message.subject() + "\n\n" + message.text();
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectory(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            Path draft = Files.createTempFile(
                    directory,
                    ".draft",
                    "",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                file.write(StandardCharsets.UTF_8.encode(text));
                file.force(true);
            }
            Files.move(draft, directory.resolve(id + ".eml"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UndeliveredException("cannot be written below " + directory + ": " + e, false);
        }
    }
}
