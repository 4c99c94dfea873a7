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

    /** Ends the expired sessions of a user, and the oldest of those that are more than {@code most}. */
    void trimSessions(String email, int most) {
        database.sql("""
                        delete from session
                         where email = :email
                           and (expires_at <= now()
                                or token_hash in (select token_hash from session
                                                   where email = :email and expires_at > now()
                                                   order by created_at desc, token_hash offset :most))""").param("email", email).param("most", most).update();
    }

    /** Ends the sessions of a user, but for one. */
    void deleteSessions(String email, byte[] except) {
        database.sql("delete from session where email = :email and token_hash <> :except")
                .param("email", email)
                .param("except", except)
                .update();
    }

    void deleteExpired() {
        database.sql("delete from session where expires_at <= now()").update();
        database.sql("delete from reset_token where expires_at <= now()").update();
    }

    /**
     * Who holds a user's credential.
     *
     * @param mustChangePassword of the account; a key for programs works on all the same
     */
    record Holder(String email, boolean mustChangePassword) {}

    /** The user of a session that has not expired, or of an API key. */
    Optional<Holder> user(byte[] hash) {
        return database.sql("""
                        select s.email, a.must_change_password
                          from session s join account a on a.email = s.email
                         where s.token_hash = :hash and s.expires_at > now()
                        union all
                        select email, false from api_key where token_hash = :hash""")
                .param("hash", hash)
                .query((row, number) -> new Holder(row.getString(1), row.getBoolean(2)))
                .optional();
    }

    Optional<String> internal(byte[] hash) {
        return database.sql("select name from internal_token where token_hash = :hash")
                .param("hash", hash)
                .query(String.class)
                .optional();
    }

    Optional<byte[]> internalToken(String name) {
        return database.sql("select value from internal_token where name = :name")
                .param("name", name)
                .query(byte[].class)
                .optional();
    }

    /** Keeps a token unless there is one of that name already. */
    void insertInternalToken(String name, byte[] hash, byte[] encrypted) {
        database.sql("""
                        insert into internal_token (name, token_hash, value) values (:name, :hash, :value)
                        on conflict (name) do nothing""")
                .param("name", name)
                .param("hash", hash)
                .param("value", encrypted)
                .update();
    }

    /** How many tokens to set a new password were made for a user in the last hour. */
    int recentResetTokens(String email) {
        return database.sql("""
                        select count(*) from reset_token
                         where email = :email and created_at > now() - interval '1 hour'""").param("email", email).query(Integer.class).single();
    }

    void insertResetToken(byte[] hash, String email, Duration life) {
        database.sql("""
                        insert into reset_token (token_hash, email, expires_at)
                        values (:hash, :email, now() + :life * interval '1 second')""")
                .param("hash", hash)
                .param("email", email)
                .param("life", life.toSeconds())
                .update();
    }

    boolean isResetToken(byte[] hash, String email) {
        return database.sql("""
                        select exists (select from reset_token
                                        where token_hash = :hash and email = :email and expires_at > now())""")
                .param("hash", hash)
                .param("email", email)
                .query(Boolean.class)
                .single();
    }

    /** Uses a token up; false when it is none of this user, was used or is expired. */
    boolean takeResetToken(byte[] hash, String email) {
        return database.sql("""
                        delete from reset_token where token_hash = :hash and email = :email and expires_at > now()""").param("hash", hash).param("email", email).update() == 1;
    }

    void deleteResetTokens(String email) {
        database.sql("delete from reset_token where email = :email")
                .param("email", email)
                .update();
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
