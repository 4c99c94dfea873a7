package io.orizuru.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.secret.UndecipherableException;
import io.orizuru.secret.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class ReencryptionTest {
    /** What is no ciphertext: hashes of tokens, of what was typed. */
    private static final Set<String> HASHES = Set.of("login_failure.subject");

    @TempDir
    Path directory;

    private TestDatabase postgres;

    @BeforeAll
    void open() throws IOException {
        postgres = new TestDatabase();
    }

    @AfterAll
    void close() throws IOException {
        postgres.close();
    }

    private void put(String id, byte[] content) {
        postgres.database()
                .sql("insert into mail (id, content, expires_at) values (:id, :content, now() + interval '1 day')")
                .param("id", id)
                .param("content", content)
                .update();
    }

    private byte[] content(String id) {
        return postgres.database()
                .sql("select content from mail where id = :id")
                .param("id", id)
                .query(byte[].class)
                .single();
    }

    @Test
    void everyColumnThatMayHoldACiphertextIsKnown() {
        Set<String> known = Reencryption.COLUMNS.stream()
                .map(column -> column.table() + "." + column.name())
                .collect(Collectors.toSet());
        List<String> found = postgres.database()
                .sql("select table_name || '.' || column_name from information_schema.columns"
                        + " where table_schema = 'public' and data_type = 'bytea'")
                .query(String.class)
                .list();
        assertThat(found)
                .filteredOn(column -> !column.endsWith(".token_hash") && !HASHES.contains(column))
                .isSubsetOf(known);
    }

    @Test
    void everythingIsReadWithTheNewKeyAloneAfterwards() throws IOException {
        Path keyFile = directory.resolve("key.json");
        Vault old = Vault.open(keyFile);
        for (int i = 0; i < 250; i++) {
            put("m" + i, old.encrypt("text " + i, "mail/m" + i));
        }

        Vault.addKey(keyFile);
        Vault both = Vault.open(keyFile);
        put("new", both.encrypt("new", "mail/new"));
        Reencryption reencryption = new Reencryption(postgres.database(), both);
        assertThat(reencryption.isComplete()).isFalse();
        assertThat(reencryption.run()).isEqualTo(250);
        assertThat(reencryption.isComplete()).isTrue();
        assertThat(reencryption.run()).isZero();
        Vault.retireOldKeys(keyFile);

        Vault alone = Vault.open(keyFile);
        for (int i = 0; i < 250; i++) {
            assertThat(alone.decrypt(content("m" + i), "mail/m" + i)).isEqualTo("text " + i);
        }
        assertThat(alone.decrypt(content("new"), "mail/new")).isEqualTo("new");
        assertThatThrownBy(() -> old.decrypt(content("m0"), "mail/m0")).isInstanceOf(UndecipherableException.class);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile)))
                .isEqualTo("rw-------");
        postgres.database().sql("delete from mail").update();
    }

    @Test
    void aRotationThatWasBrokenOffGoesOnWithItsOwnKey() throws IOException {
        Path keyFile = directory.resolve("broken-off.json");
        Vault.open(keyFile);
        Vault.addKey(keyFile);
        byte[] current = Vault.open(keyFile).currentPrefix();

        Vault.addKey(keyFile);

        assertThat(Vault.open(keyFile).currentPrefix()).isEqualTo(current);
        Vault.retireOldKeys(keyFile);
        assertThat(Vault.open(keyFile).currentPrefix()).isEqualTo(current);
    }

    @Test
    void whatNoKeyCanReadStopsItAndSaysWhere() throws IOException {
        Path keyFile = directory.resolve("other.json");
        put("lost", Vault.open(directory.resolve("lost.json")).encrypt("text", "mail/lost"));
        assertThatThrownBy(() -> new Reencryption(postgres.database(), Vault.open(keyFile)).run())
                .isInstanceOf(DatabaseStartException.class)
                .hasMessageContaining("mail.content holds something for mail/lost");
        postgres.database().sql("delete from mail").update();
    }
}
