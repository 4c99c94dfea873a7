package io.orizuru.user;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

@ApplicationScoped
class UserStore {
    private final Database database;

    UserStore(Database database) {
        this.database = database;
    }

    /** False when there is one of that address. */
    boolean insert(String email, String passwordHash, int quotaLimit) {
        return database.sql("""
                        insert into account (email, password_hash, quota_limit) values (:email, :hash, :limit)
                        on conflict do nothing""")
                        .param("email", email)
                        .param("hash", passwordHash)
                        .param("limit", quotaLimit)
                        .update()
                == 1;
    }

    Optional<String> passwordHash(String email) {
        return database.sql("select password_hash from account where email = :email")
                .param("email", email)
                .query(String.class)
                .optional();
    }

    /** Replaces a password that is still the known one. */
    boolean replacePassword(String email, String known, String hash) {
        return database.sql("""
                        update account set password_hash = :hash, must_change_password = false
                         where email = :email and password_hash = :known""")
                        .param("email", email)
                        .param("known", known)
                        .param("hash", hash)
                        .update()
                == 1;
    }

    void setPassword(String email, String hash, boolean mustChange) {
        database.sql("""
                        update account set password_hash = :hash, must_change_password = :change
                         where email = :email""")
                .param("email", email)
                .param("hash", hash)
                .param("change", mustChange)
                .update();
    }

    /** Holds the account until the transaction ends; false if its password is another one or it is not there. */
    boolean lockWith(String email, String hash) {
        return database.sql("select 1 from account where email = :email and password_hash = :hash for update")
                .param("email", email)
                .param("hash", hash)
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    boolean exists(String email) {
        return passwordHash(email).isPresent();
    }

    boolean any() {
        return database.sql("select exists (select from account)")
                .query(Boolean.class)
                .single();
    }

    boolean delete(String email) {
        return database.sql("delete from account where email = :email")
                        .param("email", email)
                        .update()
                == 1;
    }

    List<String> emails() {
        return database.sql("select email from account order by email")
                .query(String.class)
                .list();
    }
}
