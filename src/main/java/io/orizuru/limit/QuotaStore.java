package io.orizuru.limit;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/**
 * What is left of each budget, for all servers together: a bucket that holds one minute's worth and fills all the time. An
 * unlogged table: a crash of the database fills all buckets, which is no harm, and no write waits for a disk.
 */
@ApplicationScoped
class QuotaStore {
    /** By the database's clock; a transaction that waited for another one's row may have begun before that one's time. */
    private static final String FILLED = """
            least(:perMinute, q.available + greatest(0, extract(epoch from now() - q.at)) * :perMinute / 60.0)""";

    private final Database database;

    QuotaStore(Database database) {
        this.database = database;
    }

    /**
     * What came of a draw.
     *
     * @param granted how many requests the server may let through
     * @param available what is left after it
     */
    record Draw(int granted, double available) {}

    /** Takes up to {@code wanted} out of a bucket; whole ones only. */
    Draw draw(String key, int perMinute, int wanted) {
        return database.sql("""
                        insert into request_quota as q (key, available, granted, at)
                        values (:key, :perMinute - :wanted, :wanted, now())
                        on conflict (key) do update
                           set granted = least(:wanted, floor(FILLED)),
                               available = FILLED - least(:wanted, floor(FILLED)),
                               at = greatest(q.at, now())
                        returning granted, available""".replace("FILLED", FILLED))
                .param("key", key)
                .param("perMinute", perMinute)
                .param("wanted", wanted)
                .query((row, number) -> new Draw(row.getInt("granted"), row.getDouble("available")))
                .single();
    }

    /** Forgets buckets that are full again. */
    void forgetOlderThan(Duration age) {
        database.sql("delete from request_quota where at < now() - :age * interval '1 second'")
                .param("age", age.toSeconds())
                .update();
    }
}
