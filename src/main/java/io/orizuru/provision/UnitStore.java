package io.orizuru.provision;

import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import io.orizuru.event.ServerIdentity;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class UnitStore {
    private final Database database;
    private final ServerIdentity server;
    private final JsonColumns json;

    UnitStore(Database database, ServerIdentity server, JsonColumns json) {
        this.database = database;
        this.server = server;
        this.json = json;
    }

    List<UnitRecord> of(String app) {
        return database.sql("select * from unit where app = :app order by created_at, id")
                .param("app", app)
                .query(UnitRecord::of)
                .list();
    }

    /** All units of several apps at once. */
    List<UnitRecord> of(Collection<String> apps) {
        return database.sql("select * from unit where app = any(:apps) order by app, created_at, id")
                .param("apps", apps.toArray(String[]::new))
                .query(UnitRecord::of)
                .list();
    }

    /** The units of this machine; what is elsewhere can be seen there only. */
    List<UnitRecord> here() {
        return database.sql(
                        "select * from unit where machine is null or machine = :machine order by app, created_at, id")
                .param("machine", server.machine())
                .query(UnitRecord::of)
                .list();
    }

    void insert(UnitRecord unit) {
        database.sql("""
                        insert into unit (id, app, process, version, release, generation, epoch, provisioner, machine)
                        values (:id, :app, :process, :version, :release, :generation, :epoch, :provisioner, :machine)""")
                .param("id", unit.id())
                .param("app", unit.app())
                .param("process", unit.process())
                .param("version", unit.version())
                .param("release", unit.release())
                .param("generation", unit.generation())
                .param("epoch", unit.epoch())
                .param("provisioner", unit.provisioner())
                .param("machine", server.machine())
                .update();
    }

    void markHealthy(String id, String host, int port) {
        database.sql("update unit set healthy = true, host = :host, port = :port where id = :id")
                .param("host", host)
                .param("port", port)
                .param("id", id)
                .update();
    }

    /**
     * Sends requests to exactly these units of an app.
     *
     * @param ids units that get those for the app
     * @param addressed units that get those for their version or process
     * @param lease the epoch of the caller's lease
     * @return the epoch of these routes: the lease's for the first ones under it, then a new one each time, so that other
     *     servers see that they changed
     */
    long route(String app, Collection<String> ids, Collection<String> addressed, Exposure exposure, long lease) {
        return database.sql("""
                        with moved as (update unit set routed = (id = any(:ids)), addressed = (id = any(:addressed))
                                        where app = :app
                                          and (routed <> (id = any(:ids)) or addressed <> (id = any(:addressed))))
                        update app set route_epoch = case when route_epoch < :lease then :lease else nextval('epoch') end,
                                       exposure = :exposure::jsonb
                         where name = :app returning route_epoch""")
                .param("ids", ids.toArray(String[]::new))
                .param("addressed", addressed.toArray(String[]::new))
                .param("exposure", json.write(exposure))
                .param("app", app)
                .param("lease", lease)
                .query(Long.class)
                .single();
    }

    void regenerate(String id, int generation) {
        database.sql("update unit set generation = :generation where id = :id")
                .param("generation", generation)
                .param("id", id)
                .update();
    }

    void report(String id, @Nullable String status) {
        database.sql("update unit set reported = :status where id = :id")
                .param("status", status)
                .param("id", id)
                .update();
    }

    /** Locks the rows in the order of their ids, so that two reports of the same units cannot wait for each other. */
    Set<String> report(Map<String, String> statuses) {
        List<String> ids = List.copyOf(statuses.keySet());
        return Set.copyOf(database.sql("""
                        with given as (select * from unnest(:ids, :statuses) as g (id, status)),
                             held as (select id from unit where id = any(:ids) order by id for update)
                        update unit set reported = given.status from given, held
                         where unit.id = given.id and unit.id = held.id
                        returning unit.id""")
                .param("ids", ids.toArray(String[]::new))
                .param("statuses", ids.stream().map(statuses::get).toArray(String[]::new))
                .query(String.class)
                .list());
    }

    void delete(Collection<String> ids) {
        database.sql("delete from unit where id = any(:ids)")
                .param("ids", ids.toArray(String[]::new))
                .update();
    }
}
