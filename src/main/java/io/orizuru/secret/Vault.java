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

    private final Aead keys;

    private Vault(Aead keys) {
        this.keys = keys;
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
            for (PosixFilePermission permission : Files.getPosixFilePermissions(keyFile)) {
                if (OTHERS.contains(permission)) {
                    throw new IOException(
                            "the key file " + keyFile + " is open to other users; it must have the mode 0600");
                }
            }
            KeysetHandle keyset =
                    TinkJsonProtoKeysetFormat.parseKeyset(Files.readString(keyFile), InsecureSecretKeyAccess.get());
            return new Vault(keyset.getPrimitive(RegistryConfiguration.get(), Aead.class));
        } catch (GeneralSecurityException e) {
            throw new IOException("the key file " + keyFile + " holds no key set for AES-256-GCM", e);
        }
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
        String text = TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get());
        Path directory = keyFile.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Path draft = Files.createTempFile(directory, ".key", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        try {
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.createLink(keyFile, draft);
        } catch (FileAlreadyExistsException e) {
            // Another server was first: its key is the key.
        } finally {
            Files.delete(draft);
        }
    }
}
