package io.orizuru.secret;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/**
 * Encryption at rest: AES-256-GCM under the key set of the key file, which may hold older keys beside the current one.
 * A ciphertext belongs to the context it was made in and to no other, so that nobody can move one to another row.
 */
public final class Vault {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OTHERS = PosixFilePermissions.fromString("---rwxrwx");

    /**
     * Where Tink works: it keeps a cipher and a random generator for each thread, and making them costs many times what
     * encrypting an environment does. Most callers' threads are virtual and too short-lived to get any use of them.
     */
    private static final Executor LASTING_THREADS = Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            Thread.ofPlatform().name("vault-", 0).daemon().factory());

    /** What Tink puts before a ciphertext: this byte, then the key's number. */
    private static final byte PREFIX_VERSION = 1;

    private final Aead keys;
    private final int currentKey;

    private Vault(Aead keys, int currentKey) {
        this.keys = keys;
        this.currentKey = currentKey;
    }

    /**
     * Opens the key file; makes it, readable by its owner only, when it is not there.
     *
     * @throws IOException if it cannot be read, holds no key set or is open to other users
     */
    public static Vault open(Path keyFile) throws IOException {
        try {
            AeadConfig.register();
            if (Files.notExists(keyFile)) {
                create(keyFile);
            }
            KeysetHandle keyset = read(keyFile);
            return new Vault(
                    keyset.getPrimitive(RegistryConfiguration.get(), Aead.class),
                    keyset.getPrimary().getId());
        } catch (GeneralSecurityException e) {
            throw noKeySet(keyFile, e);
        }
    }

    /**
     * Adds a key to the key file, which becomes the current one. A file that has several already is left as it is: a rotation
     * was broken off there.
     *
     * @throws IOException if the file cannot be read or replaced
     */
    public static void addKey(Path keyFile) throws IOException {
        try {
            AeadConfig.register();
            KeysetHandle keyset = read(keyFile);
            if (keyset.size() == 1) {
                replace(
                        keyFile,
                        KeysetHandle.newBuilder(keyset)
                                .addEntry(KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
                                        .withRandomId()
                                        .makePrimary())
                                .build());
            }
        } catch (GeneralSecurityException e) {
            throw noKeySet(keyFile, e);
        }
    }

    /**
     * Takes all keys but the current one out of the key file. What is still encrypted with them can never be read again.
     *
     * @throws IOException if the file cannot be read or replaced
     */
    public static void retireOldKeys(Path keyFile) throws IOException {
        try {
            KeysetHandle.Entry current = read(keyFile).getPrimary();
            replace(
                    keyFile,
                    KeysetHandle.newBuilder()
                            .addEntry(KeysetHandle.importKey(current.getKey())
                                    .withFixedId(current.getId())
                                    .makePrimary())
                            .build());
        } catch (GeneralSecurityException e) {
            throw noKeySet(keyFile, e);
        }
    }

    private static KeysetHandle read(Path keyFile) throws IOException, GeneralSecurityException {
        for (PosixFilePermission permission : Files.getPosixFilePermissions(keyFile)) {
            if (OTHERS.contains(permission)) {
                throw new IOException(
                        "the key file " + keyFile + " is open to other users; it must have the mode 0600");
            }
        }
        return TinkJsonProtoKeysetFormat.parseKeyset(Files.readString(keyFile), InsecureSecretKeyAccess.get());
    }

    private static IOException noKeySet(Path keyFile, GeneralSecurityException cause) {
        return new IOException("the key file " + keyFile + " holds no key set for AES-256-GCM", cause);
    }

    /** What everything begins with that is encrypted with the current key. */
    public byte[] currentPrefix() {
        return ByteBuffer.allocate(1 + Integer.BYTES)
                .put(PREFIX_VERSION)
                .putInt(currentKey)
                .array();
    }

    /**
     * Encrypts.
     *
     * @param context where the ciphertext will be kept, such as {@code app/blog/env}; needed again to decrypt
     */
    public byte[] encrypt(String plaintext, String context) {
        byte[] associated = context.getBytes(StandardCharsets.UTF_8);
        try {
            return onLastingThread(() -> keys.encrypt(plaintext.getBytes(StandardCharsets.UTF_8), associated));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot encrypt for " + context, e);
        }
    }

    /**
     * Decrypts what {@link #encrypt} made in the same context.
     *
     * @throws UndecipherableException if the key or the context is another one, or the ciphertext was changed
     */
    public String decrypt(byte[] ciphertext, String context) {
        byte[] associated = context.getBytes(StandardCharsets.UTF_8);
        try {
            return new String(onLastingThread(() -> keys.decrypt(ciphertext, associated)), StandardCharsets.UTF_8);
        } catch (GeneralSecurityException e) {
            throw new UndecipherableException(context, e);
        }
    }

    private interface Ciphering {
        byte[] run() throws GeneralSecurityException;
    }

    /** Waits however long it takes, also when interrupted: it is a matter of microseconds. */
    private static byte[] onLastingThread(Ciphering work) throws GeneralSecurityException {
        CompletableFuture<byte[]> result = new CompletableFuture<>();
        LASTING_THREADS.execute(() -> {
            try {
                result.complete(work.run());
            } catch (GeneralSecurityException | RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof GeneralSecurityException refused) {
                throw refused;
            }
            throw e;
        }
    }

    /** Complete or not there: it is written beside its place and linked to it, and the first of two servers wins. */
    private static void create(Path keyFile) throws IOException, GeneralSecurityException {
        KeysetHandle keyset = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
        Files.createDirectories(keyFile.toAbsolutePath().getParent());
        Path draft = draft(keyFile, keyset);
        try {
            Files.createLink(keyFile, draft);
        } catch (FileAlreadyExistsException e) {
            // Another server was first: its key is the key.
        } finally {
            Files.delete(draft);
        }
    }

    /** The old file or the new one, whatever happens: a key that is lost takes all secrets with it. */
    private static void replace(Path keyFile, KeysetHandle keyset) throws IOException, GeneralSecurityException {
        Path draft = draft(keyFile, keyset);
        try {
            Files.setOwner(draft, Files.getOwner(keyFile));
            Files.move(draft, keyFile, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(draft);
        }
        try (FileChannel directory = FileChannel.open(keyFile.toAbsolutePath().getParent())) {
            directory.force(true);
        }
    }

    /** The key set in a file beside the key file, safely on the disk. */
    private static Path draft(Path keyFile, KeysetHandle keyset) throws IOException, GeneralSecurityException {
        String text = TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get());
        Path draft = Files.createTempFile(
                keyFile.toAbsolutePath().getParent(), ".key", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        return draft;
    }
}
