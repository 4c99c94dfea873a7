package io.orizuru.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaultTest {
    @TempDir
    Path directory;

    @Test
    void whatWasEncryptedComesBackAlsoAfterARestart() throws IOException {
        byte[] ciphertext = Vault.open(key()).encrypt("grüße", "app/blog/env");

        assertThat(Vault.open(key()).decrypt(ciphertext, "app/blog/env")).isEqualTo("grüße");
        assertThat(new String(ciphertext, StandardCharsets.ISO_8859_1)).doesNotContain("gr");
    }

    @Test
    void theSameTextNeverLooksTheSame() throws IOException {
        Vault vault = Vault.open(key());
        assertThat(vault.encrypt("text", "a")).isNotEqualTo(vault.encrypt("text", "a"));
    }

    @Test
    void anotherContextIsRefused() throws IOException {
        Vault vault = Vault.open(key());
        byte[] ciphertext = vault.encrypt("text", "app/blog/env");
        assertThatThrownBy(() -> vault.decrypt(ciphertext, "app/shop/env"))
                .isInstanceOf(UndecipherableException.class)
                .hasMessage("what is stored for app/shop/env cannot be decrypted with the key of this server");
    }

    @Test
    void everyChangedByteIsNoticed() throws IOException {
        Vault vault = Vault.open(key());
        byte[] ciphertext = vault.encrypt("text", "a");
        for (int i = 0; i < ciphertext.length; i++) {
            byte[] changed = ciphertext.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> vault.decrypt(changed, "a")).isInstanceOf(UndecipherableException.class);
        }
    }

    @Test
    void anotherKeyIsRefused() throws IOException {
        byte[] ciphertext = Vault.open(key()).encrypt("text", "a");
        Vault other = Vault.open(directory.resolve("other.json"));
        assertThatThrownBy(() -> other.decrypt(ciphertext, "a")).isInstanceOf(UndecipherableException.class);
    }

    @Test
    void aNewKeyFileIsItsOwnersAloneAndLeavesNothingBeside() throws IOException {
        Vault.open(key());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key())))
                .isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(key());
        }
    }

    @Test
    void aKeyFileThatOthersCanReadIsRefused() throws IOException {
        Vault.open(key());
        Files.setPosixFilePermissions(key(), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> Vault.open(key()))
                .hasMessage("the key file " + key() + " is open to other users; it must have the mode 0600");
    }

    @Test
    void aKeyFileWithoutAKeySetIsRefused() throws IOException {
        Files.createFile(key(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key(), "{}");
        assertThatThrownBy(() -> Vault.open(key()))
                .hasMessage("the key file " + key() + " holds no key set for AES-256-GCM");
    }

    private Path key() {
        return directory.resolve("key.json");
    }
}
