package io.orizuru.service;

import io.orizuru.app.AppBinds;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

@ApplicationScoped
class BindStore {
    private final Database database;

    BindStore(Database database) {
        this.database = database;
    }

    /** An instance and an app that is bound to it. */
    record Pair(String service, String instance, String app) {}

    /**
     * Something that a service is not told yet.
     *
     * @param there whether units of the app are on the host
     */
    record Untold(Pair pair, String host, boolean there) {}

    /** False when the app is bound to it already, or about to be. */
    boolean insert(Pair pair) {
        return database.sql("""
                        insert into service_bind (service, instance, app, state)
                        values (:service, :instance, :app, 'binding') on conflict do nothing""")
                        .param("service", pair.service())
                        .param("instance", pair.instance())
                        .param("app", pair.app())
                        .update()
                == 1;
    }

    /** False when the app is not bound to it. */
    boolean setState(Pair pair, String state) {
        return database.sql("""
                        update service_bind set state = :state
                         where service = :service and instance = :instance and app = :app""")
                        .param("state", state)
                        .param("service", pair.service())
                        .param("instance", pair.instance())
                        .param("app", pair.app())
                        .update()
                == 1;
    }

    void delete(Pair pair) {
        database.sql("delete from service_bind where service = :service and instance = :instance and app = :app")
                .param("service", pair.service())
                .param("instance", pair.instance())
                .param("app", pair.app())
                .update();
    }

    boolean isThere(Pair pair) {
        return !database.sql(
                        "select 1 from service_bind where service = :service and instance = :instance and app = :app")
                .param("service", pair.service())
                .param("instance", pair.instance())
                .param("app", pair.app())
                .query(Integer.class)
                .list()
                .isEmpty();
    }

    List<AppBinds.Shown> shown(String app) {
        return database.sql("""
                        select b.service, b.instance, i.plan
                          from service_bind b join service_instance i on i.service = b.service and i.name = b.instance
                         where b.app = :app and b.state <> 'binding' order by b.created_at, b.service, b.instance""")
                .param("app", app)
                .query((row, number) ->
                        new AppBinds.Shown(row.getString("service"), row.getString("instance"), row.getString("plan")))
                .list();
    }

    List<Pair> of(String app) {
        return database.sql(
                        "select service, instance, app from service_bind where app = :app order by service, instance")
                .param("app", app)
                .query((row, number) ->
                        new Pair(row.getString("service"), row.getString("instance"), row.getString("app")))
                .list();
    }

    /** The hosts that a service was told of. */
    List<String> hosts(Pair pair) {
        return database.sql("""
                        select host from service_unit_bind
                         where service = :service and instance = :instance and app = :app order by host""")
                .param("service", pair.service())
                .param("instance", pair.instance())
                .param("app", pair.app())
                .query(String.class)
                .list();
    }

    /** What services are to be told of units of apps whose home is a machine. */
    List<Untold> untold(String machine) {
        return database.sql("""
                        with bound as (
                            select b.service, b.instance, b.app from service_bind b
                              join target_home h on h.target_type = 'app' and h.target_value = b.app and h.machine = :machine
                             where b.state = 'bound'
                        ), wanted as (
                            select distinct b.service, b.instance, b.app, u.host
                              from bound b join unit u on u.app = b.app
                             where u.host is not null and u.healthy and u.generation > 0
                        ), told as (
                            select t.* from service_unit_bind t join bound using (service, instance, app)
                        )
                        select service, instance, app, host, t.told is null as there
                          from (select *, true as is_wanted from wanted) w
                          full join (select *, true as told from told) t using (service, instance, app, host)
                         where w.is_wanted is null or t.told is null limit 100""")
                .param("machine", machine)
                .query((row, number) -> new Untold(
                        new Pair(row.getString("service"), row.getString("instance"), row.getString("app")),
                        row.getString("host"),
                        row.getBoolean("there")))
                .list();
    }

    /** The service was told; that the bind is gone meanwhile is no matter. */
    void told(Untold untold) {
        String statement = untold.there() ? """
                        insert into service_unit_bind (service, instance, app, host)
                        select service, instance, app, :host from service_bind
                         where service = :service and instance = :instance and app = :app on conflict do nothing""" : """
                        delete from service_unit_bind
                         where service = :service and instance = :instance and app = :app and host = :host""";
        database.sql(statement)
                .param("service", untold.pair().service())
                .param("instance", untold.pair().instance())
                .param("app", untold.pair().app())
                .param("host", untold.host())
                .update();
    }
}
