package io.orizuru.quota;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;

/** The limits stand in the rows of what they limit, so they come, go and are renamed with it. */
@ApplicationScoped
class QuotaStore {
    private final Database database;

    QuotaStore(Database database) {
        this.database = database;
    }

    Optional<Quota> ofUser(String email) {
        return find("""
                select a.quota_limit, (select count(*) from app where owner = a.email) as in_use
                  from account a where a.email = :name""", email);
    }

    Optional<Quota> ofTeam(String name) {
        return find("""
                select t.quota_limit, (select count(*) from app where team_owner = t.name) as in_use
                  from team t where t.name = :name""", name);
    }

    private Optional<Quota> find(String query, String name) {
        return database.sql(query)
                .param("name", name)
                .query((row, number) -> new Quota(row.getInt("quota_limit"), row.getInt("in_use")))
                .optional();
    }

    /**
     * Keeps others from taking of the quota until the transaction ends. A statement of its own: one that waits for a row
     * counts what was there before it began to wait.
     */
    void lockUser(String email) {
        database.sql("select from account where email = :name for no key update")
                .param("name", email)
                .query(row -> {});
    }

    void lockTeam(String name) {
        database.sql("select from team where name = :name for no key update")
                .param("name", name)
                .query(row -> {});
    }

    void limitUser(String email, int limit) {
        database.sql("update account set quota_limit = :limit where email = :name")
                .param("limit", limit)
                .param("name", email)
                .update();
    }

    void limitTeam(String name, int limit) {
        database.sql("update team set quota_limit = :limit where name = :name")
                .param("limit", limit)
                .param("name", name)
                .update();
    }
}
