package io.orizuru.mail;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;

@ApplicationScoped
class MailStore {
    private final Database database;

    MailStore(Database database) {
        this.database = database;
    }

    /** A mail that somebody has taken to deliver. */
    record Taken(String id, byte[] content, int attempts) {}

    void insert(String id, byte[] content, Duration usefulFor) {
        database.sql("""
                        insert into mail (id, content, expires_at)
                        values (:id, :content, now() + :life * interval '1 second')""")
                .param("id", id)
                .param("content", content)
                .param("life", usefulFor.toSeconds())
                .update();
    }

    /**
     * Takes a mail whose time has come. Nobody else gets it until {@code turn} is over, when whoever took it must have died.
     */
    Optional<Taken> take(Duration turn) {
        return database.sql("""
                        update mail set attempts = attempts + 1, due_at = now() + :turn * interval '1 second'
                         where id = (select id from mail where due_at <= now() order by due_at limit 1 for update skip locked)
                        returning id, content, attempts""")
                .param("turn", turn.toSeconds())
                .query((row, number) -> new Taken(row.getString("id"), row.getBytes("content"), row.getInt("attempts")))
                .optional();
    }

    /** Puts a mail off; false when it would be of no use by then. */
    boolean putOff(String id, Duration pause) {
        return database.sql("""
                        update mail set due_at = now() + :pause * interval '1 second'
                         where id = :id and expires_at > now() + :pause * interval '1 second'""")
                        .param("id", id)
                        .param("pause", pause.toSeconds())
                        .update()
                == 1;
    }

    void delete(String id) {
        database.sql("delete from mail where id = :id").param("id", id).update();
    }
}
