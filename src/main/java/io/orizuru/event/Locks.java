package io.orizuru.event;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Which targets an operation runs on, for those who show it. */
@ApplicationScoped
public class Locks {
    private final Database database;

    Locks(Database database) {
        this.database = database;
    }

    /**
     * A lock.
     *
     * @param kind of the event that holds it
     * @param owner who asked for it
     */
    public record Lock(String kind, String owner, Instant since) {}

    /** The locks of those apps that an operation runs on, by name. */
    public Map<String, Lock> ofApps(Collection<String> apps) {
        Map<String, Lock> locks = new HashMap<>();
        database.sql("""
                        select l.target_value, e.kind, e.owner_name, e.started_at
                          from target_lock l join event e on e.id = l.event
                         where l.target_type = 'app' and l.target_value = any(:apps)""").param("apps", apps.toArray(String[]::new)).query(row -> {
            locks.put(
                    row.getString("target_value"),
                    new Lock(
                            row.getString("kind"),
                            row.getString("owner_name"),
                            row.getTimestamp("started_at").toInstant()));
        });
        return locks;
    }
}
