package io.orizuru.event;

import io.orizuru.db.Database;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Where the operations on a target run: on the machine that accepted the first one. What they leave there, archives, builds
 * and processes, cannot be reached from elsewhere; any server of that machine may run them.
 */
@ApplicationScoped
public class Homes {
    private final Database database;
    private final ServerIdentity server;

    Homes(Database database, ServerIdentity server) {
        this.database = database;
        this.server = server;
    }

    /** With a database of its own, whatever is on record is here: the data directory may have been made anew or moved. */
    void start(@Observes @Priority(90) StartupEvent started) {
        if (server.alone()) {
            database.transact(() -> {
                database.sql("update target_home set machine = :machine where machine <> :machine")
                        .param("machine", server.machine())
                        .update();
                database.sql("update unit set machine = :machine where machine is distinct from :machine")
                        .param("machine", server.machine())
                        .update();
            });
        }
    }

    /**
     * Makes this machine an app's home, unless it has one; operations on anything else leave nothing on a machine. Part of the
     * transaction that accepts an operation.
     */
    void settle(Target target) {
        if (!target.type().equals(Target.APP)) {
            return;
        }
        database.sql("""
                        insert into target_home (target_type, target_value, machine) values (:type, :value, :machine)
                        on conflict do nothing""")
                .param("type", target.type())
                .param("value", target.value())
                .param("machine", server.machine())
                .update();
    }

    /** Whether the operations on a target run on another machine. */
    public boolean isElsewhere(Target target) {
        return database.sql("""
                        select 1 from target_home
                         where target_type = :type and target_value = :value and machine <> :machine""")
                .param("type", target.type())
                .param("value", target.value())
                .param("machine", server.machine())
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    /** Its next operation may run anywhere: nothing is left of it. Part of the transaction that ends the last one. */
    public void leave(Target target) {
        database.sql("delete from target_home where target_type = :type and target_value = :value")
                .param("type", target.type())
                .param("value", target.value())
                .update();
    }
}
