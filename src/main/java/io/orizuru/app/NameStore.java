package io.orizuru.app;

import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;

/** The names and routers of apps, and when their routes changed. Part of the transactions of its callers. */
@ApplicationScoped
class NameStore {
    private final Database database;

    NameStore(Database database) {
        this.database = database;
    }

    int nextPosition(String app) {
        return database.sql("select coalesce(max(position), 0) + 1 from app_cname where app = :app")
                .param("app", app)
                .query(Integer.class)
                .single();
    }

    void insertCname(String app, String name, int position) {
        database.sql("insert into app_cname (app, cname, position) values (:app, :name, :position)")
                .param("app", app)
                .param("name", name)
                .param("position", position)
                .update();
    }

    /** False when it is not there. */
    boolean deleteCname(String app, String name) {
        return database.sql("delete from app_cname where app = :app and cname = :name")
                        .param("app", app)
                        .param("name", name)
                        .update()
                == 1;
    }

    /** Serializes those who would take names that overlap for two apps at once. */
    void lockNames() {
        database.sql("select pg_advisory_xact_lock(hashtext('cnames'))").query(row -> {});
    }

    /** A name that an app has. */
    record Taken(String cname, String app, String teamOwner) {}

    /** The names of all other apps. */
    List<Taken> cnamesOfOthers(String app) {
        return database.sql("""
                        select c.cname, a.name, a.team_owner from app_cname c join app a on a.name = c.app
                         where a.name <> :app order by c.cname""")
                .param("app", app)
                .query((row, number) ->
                        new Taken(row.getString("cname"), row.getString("name"), row.getString("team_owner")))
                .list();
    }

    List<String> appsWithCname(String name) {
        return database.sql("select app from app_cname where cname = :name order by app")
                .param("name", name)
                .query(String.class)
                .list();
    }

    /** Exchanges the names of two apps. */
    void swapCnames(String first, String second) {
        database.sql("""
                        with both_ as (
                            delete from app_cname where app in (:first, :second) returning app, cname, position, issuer)
                        insert into app_cname (app, cname, position, issuer)
                        select case app when :first then :second else :first end, cname, position, issuer from both_""").param("first", first).param("second", second).update();
    }

    /** Exchanges whose name two apps answer to on the routers that both have. */
    void swapAddresses(String first, String second) {
        database.sql("""
                        update app_router mine set address_of = other.address_of
                          from app_router other
                         where mine.router = other.router
                           and ((mine.app = :first and other.app = :second) or (mine.app = :second and other.app = :first))""").param("first", first).param("second", second).update();
    }

    boolean deleteRouter(String app, String router) {
        return database.sql("delete from app_router where app = :app and router = :router")
                        .param("app", app)
                        .param("router", router)
                        .update()
                == 1;
    }

    int nextRouterPosition(String app) {
        return database.sql("select coalesce(max(position), -1) + 1 from app_router where app = :app")
                .param("app", app)
                .query(Integer.class)
                .single();
    }

    /** Apps that answer to the name of this one on some router. */
    List<String> appsThatAnswerFor(String app) {
        return database.sql("select distinct app from app_router where address_of = :app and app <> :app")
                .param("app", app)
                .query(String.class)
                .list();
    }

    /** Lets all routers look at the routes, and at certificates for their names, of these apps again. */
    void routesChanged(Collection<String> apps) {
        database.sql("""
                        update app set route_epoch = nextval('epoch'),
                               certificate_epoch = case
                                   when certificate_epoch > 0 or exists (select from certificate c where c.app = name)
                                   then nextval('epoch') else 0 end
                         where name = any(:apps)""").param("apps", apps.toArray(String[]::new)).update();
    }
}
