package io.orizuru.router.remote;

import io.orizuru.config.Settings.RoutersApart;
import io.orizuru.secret.Secret;
import io.orizuru.secret.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;

/** What a server shows to a router that runs apart. On one machine both take it from one file, which the first one makes. */
final class Credential {
    private final Secret value;

    private Credential(Secret value) {
        this.value = value;
    }

    /** @throws UncheckedIOException naming the file, when it can neither be read nor made, or others may read it */
    static Credential of(RoutersApart settings) {
        Secret given = settings.credential();
        return new Credential(given == null ? kept(settings.credentialFile()) : given);
    }

    private static Secret kept(Path file) {
        try {
            if (Files.notExists(file)) {
                make(file);
            }
            if (Files.getPosixFilePermissions(file).stream()
                    .anyMatch(permission -> !permission.name().startsWith("OWNER_"))) {
                throw new IOException("the router's credential " + file
                        + " may be read or written by others: it must be" + " for its owner alone (chmod 600)");
            }
            String text = Files.readString(file).strip();
            if (!text.matches("[\\x21-\\x7e]{32,1024}")) {
                throw new IOException(
                        "the router's credential " + file + " does not hold 32 to 1024 characters of visible ASCII");
            }
            return new Secret(text);
        } catch (NoSuchFileException e) {
            throw new UncheckedIOException("the router's credential " + file + " is not there", e);
        } catch (IOException e) {
            throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Whole or not at all, and by one only, whoever else starts at the same moment. */
    private static void make(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("\"" + file + "\" is no file for the router's credential");
        }
        DurableFile.makeDirectory(directory);
        Path draft = Files.createTempFile(directory, "credential-", ".new");
        try {
            Files.writeString(draft, new Tokens(new SecureRandom()).create() + "\n");
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            // The other one was faster; its credential is as good.
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    Secret value() {
        return value;
    }

    /** Whether a request's {@code Authorization} shows it; takes as long for any wrong one. */
    boolean isShownBy(String authorization) {
        byte[] wanted = ("Bearer " + value.value()).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(wanted, authorization.getBytes(StandardCharsets.UTF_8));
    }
}
