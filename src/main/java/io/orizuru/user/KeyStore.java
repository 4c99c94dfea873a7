package io.orizuru.user;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

@ApplicationScoped
class KeyStore {
    private final Database database;

    KeyStore(Database database) {
        this.database = database;
    }

    /** A user's keys by name. */
    Map<String, String> keys(String email) {
        Map<String, String> keys = new LinkedHashMap<>();
        database.sql("select name, key from ssh_key where email = :email order by name")
                .param("email", email)
                .query(row -> {
                    keys.put(row.getString("name"), row.getString("key"));
                });
        return keys;
    }

    /** Whose key it is, and under which name. */
    record Owner(String email, String name) {}

    Optional<Owner> owner(String fingerprint) {
        return database.sql("select email, name from ssh_key where fingerprint = :fingerprint")
                .param("fingerprint", fingerprint)
                .query((row, number) -> new Owner(row.getString("email"), row.getString("name")))
                .optional();
    }

    /** False when the name or the key is taken. */
    boolean insert(String email, String name, SshKey key) {
        return database.sql("""
                        insert into ssh_key (email, name, key, fingerprint) values (:email, :name, :key, :fingerprint)
                        on conflict do nothing""")
                        .param("email", email)
                        .param("name", name)
                        .param("key", key.text())
                        .param("fingerprint", key.fingerprint())
                        .update()
                == 1;
    }

    boolean delete(String email, String name) {
        return database.sql("delete from ssh_key where email = :email and name = :name")
                        .param("email", email)
                        .param("name", name)
                        .update()
                == 1;
    }
}
