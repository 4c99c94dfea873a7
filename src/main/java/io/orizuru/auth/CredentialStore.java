package io.orizuru.auth;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;

/** Credentials, found by the hash of their value. */
@ApplicationScoped
class CredentialStore {
    private final Database database;

    CredentialStore(Database database) {
        this.database = database;
    }

    void insertSession(byte[] hash, String email, Duration life) {
        database.sql("""
                        insert into session (token_hash, email, expires_at)
                        values (:hash, :email, now() + :life * interval '1 second')""")
                .param("hash", hash)
                .param("email", email)
                .param("life", life.toSeconds())
                .update();
    }

    boolean deleteSession(byte[] hash) {
        return database.sql("delete from session where token_hash = :hash")
                        .param("hash", hash)
                        .update()
                == 1;
    }

    void deleteExpiredSessions(String email) {
        database.sql("delete from session where email = :email and expires_at < now()")
                .param("email", email)
                .update();
    }

    /** The user of a session that has not expired, or of an API key. */
    Optional<String> user(byte[] hash) {
        return database.sql("""
                        select email from session where token_hash = :hash and expires_at > now()
                        union all
                        select email from api_key where token_hash = :hash""").param("hash", hash).query(String.class).optional();
    }

    Optional<String> app(byte[] hash) {
        return database.sql("select app from app_token where token_hash = :hash")
                .param("hash", hash)
                .query(String.class)
                .optional();
    }

    Optional<byte[]> apiKey(String email) {
        return database.sql("select value from api_key where email = :email")
                .param("email", email)
                .query(byte[].class)
                .optional();
    }

    /** Keeps a key unless there is one already; false then. */
    boolean insertApiKey(String email, byte[] hash, byte[] encrypted) {
        return database.sql("""
                        insert into api_key (email, token_hash, value) values (:email, :hash, :value)
                        on conflict (email) do nothing""")
                        .param("email", email)
                        .param("hash", hash)
                        .param("value", encrypted)
                        .update()
                == 1;
    }

    void replaceApiKey(String email, byte[] hash, byte[] encrypted) {
        database.sql("""
                        insert into api_key (email, token_hash, value) values (:email, :hash, :value)
                        on conflict (email) do update set token_hash = excluded.token_hash, value = excluded.value""")
                .param("email", email)
                .param("hash", hash)
                .param("value", encrypted)
                .update();
    }
}
