package io.orizuru.app;

import com.fasterxml.jackson.core.type.TypeReference;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.compute.Compute;
import io.orizuru.compute.OutsidePattern;
import io.orizuru.compute.Overlong;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import io.orizuru.failure.Failure;
import io.orizuru.http.Parts;
import io.orizuru.plan.Plan;
import io.orizuru.provision.Exposure;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

@ApplicationScoped
class AppStore {
    private static final String SELECT = """
            select a.*,
                   array(select team from app_team t where t.app = a.name order by team <> a.team_owner, team) as teams,
                   (select coalesce(json_agg(json_build_object('name', r.router, 'options', r.options,
                                                                 'addressOf', r.address_of) order by r.position), '[]')
                      from app_router r where r.app = a.name) as routers,
                   array(select c.cname from app_cname c where c.app = a.name order by c.position) as cnames
              from app a
            """;

    /** What is said of an app besides what it runs, as JSON. */
    private static final int MOST_SAID = 128 << 10;

    private final Database database;
    private final JsonColumns json;

    AppStore(Database database, JsonColumns json) {
        this.database = database;
        this.json = json;
    }

    /**
     * A user number for a new app: the next one in turn that no app has. One that a removed app had comes again only after
     * all the others.
     *
     * @param first of the range
     * @param last of the range
     * @return nothing when apps have all of them
     */
    Optional<Integer> nextSystemUser(int first, int last) {
        long turn =
                database.sql("select nextval('unix_user')").query(Long.class).single();
        return database.sql("""
                        select :first + ((:turn + step) % :size)::int as number
                          from (select generate_series(0, :size - 1) as step) steps
                         where not exists (
                             select from app where unix_user = :first + ((:turn + step) % :size)::int)
                         limit 1""")
                .param("first", first)
                .param("turn", turn)
                .param("size", (long) last - first + 1)
                .query(Integer.class)
                .optional();
    }

    /** False when there is one of that name. */
    boolean insert(App app) {
        requireSmall(app);
        // Routers may remember an app of this name, and refuse epochs from before its removal.
        int added = database.sql("""
                        insert into app (name, description, platform, pool, plan, team_owner, owner, tags, metadata, processes,
                            unix_user, quota_limit, route_epoch)
                        values (:name, :description, :platform, :pool, :plan::jsonb, :teamOwner, :owner, :tags,
                                :metadata::jsonb, :processes::jsonb, :systemUser, :quotaLimit, nextval('epoch'))
                        on conflict (name) do nothing""")
                .param("name", app.name())
                .param("description", app.description())
                .param("platform", app.platform())
                .param("pool", app.pool())
                .param("plan", json.write(app.plan()))
                .param("teamOwner", app.teamOwner())
                .param("owner", app.owner())
                .param("tags", app.tags().toArray(String[]::new))
                .param("metadata", json.write(app.metadata()))
                .param("processes", json.write(app.processes()))
                .param("systemUser", app.systemUser())
                .param("quotaLimit", app.quotaLimit())
                .update();
        if (added == 0) {
            return false;
        }
        app.teams().forEach(team -> insertTeam(app.name(), team));
        int position = 0;
        for (App.AppRouter router : app.routers()) {
            insertRouter(app.name(), router, position++);
        }
        return true;
    }

    /** Gives a team access; false when there is no such team. */
    boolean insertTeam(String app, String team) {
        return database.sql(
                                "insert into app_team (app, team) select :app, name from team where name = :team for key share")
                        .param("app", app)
                        .param("team", team)
                        .update()
                == 1;
    }

    /** Takes a team's access away; false when it has none. */
    boolean deleteTeam(String app, String team) {
        return database.sql("delete from app_team where app = :app and team = :team")
                        .param("app", app)
                        .param("team", team)
                        .update()
                == 1;
    }

    void limitUnits(String app, int limit) {
        database.sql("update app set quota_limit = :limit where name = :app")
                .param("limit", limit)
                .param("app", app)
                .update();
    }

    List<String> namesOfOwner(String owner) {
        return database.sql("select name from app where owner = :owner order by name")
                .param("owner", owner)
                .query(String.class)
                .list();
    }

    void insertRouter(String app, App.AppRouter router, int position) {
        database.sql("""
                        insert into app_router (app, router, options, position, address_of)
                        values (:app, :router, :options::jsonb, :position, :addressOf)""")
                .param("app", app)
                .param("router", router.name())
                .param("options", json.write(router.options()))
                .param("addressOf", router.addressOf())
                .param("position", position)
                .update();
    }

    void insertToken(String app, byte[] hash, byte[] encrypted) {
        database.sql("insert into app_token (app, token_hash, value) values (:app, :hash, :value)")
                .param("app", app)
                .param("hash", hash)
                .param("value", encrypted)
                .update();
    }

    byte[] token(String app) {
        return database.sql("select value from app_token where app = :app")
                .param("app", app)
                .query(byte[].class)
                .single();
    }

    Optional<App> find(String name) {
        return database.sql(SELECT + " where a.name = :name")
                .param("name", name)
                .query(this::app)
                .optional();
    }

    /** The apps of those names that there are. */
    List<App> named(Collection<String> names) {
        return database.sql(SELECT + " where a.name = any(:names)")
                .param("names", names.toArray(String[]::new))
                .query(this::app)
                .list();
    }

    /**
     * The apps that a filter lets through and that are in one of the contexts, by name.
     *
     * @param caller who asks
     */
    List<App> list(String caller, AppFilter filter, Set<Context> visible) {
        return filtered(SELECT, caller, filter, visible, this::app);
    }

    /** As {@link #list}: their names, and about how many bytes each takes where it is shown. */
    List<Parts.Sized<String>> sizes(String caller, AppFilter filter, Set<Context> visible) {
        return filtered(
                """
                        select a.name, 2048 + octet_length(a.description) + octet_length(a.metadata::text)
                               + octet_length(a.processes::text)
                               + 512 * (select count(*) from unit u where u.app = a.name) as size
                          from app a
                        """,
                caller,
                filter,
                visible,
                (row, number) -> new Parts.Sized<>(row.getString("name"), row.getLong("size")));
    }

    private <T> List<T> filtered(
            String select, String caller, AppFilter filter, Set<Context> visible, RowMapper<T> mapper) {
        return database.sql(select + """
                             where (:everything or a.name = any(:apps) or a.pool = any(:pools)
                                    or exists (select from app_team t where t.app = a.name and t.team = any(:teams)))
                               and (:any or a.name = any(:named))
                               and (:platform = '' or a.platform = :platform)
                               and (:teamOwner = '' or a.team_owner = :teamOwner)
                               and (:owner = '' or a.owner = :owner)
                               and (:pool = '' or a.pool = :pool)
                               and (not :locked or exists (select from target_lock l
                                                            where l.target_type = 'app' and l.target_value = a.name))
                               and a.tags @> :tags::text[]
                             order by a.name""")
                .param("everything", visible.contains(Context.GLOBAL))
                .param("apps", values(visible, ContextType.APP))
                .param("pools", values(visible, ContextType.POOL))
                .param("teams", values(visible, ContextType.TEAM))
                .param("any", filter.name().isEmpty())
                .param("named", namesLike(caller, filter.name()))
                .param("platform", filter.platform())
                .param("teamOwner", filter.teamOwner())
                .param("owner", filter.owner())
                .param("pool", filter.pool())
                .param("locked", filter.locked())
                .param("tags", filter.tags().toArray(String[]::new))
                .query(mapper)
                .list();
    }

    /** Not by the database, whose expressions take any time: it is looked for here, in all names that there are. */
    private String[] namesLike(String caller, String expression) {
        if (expression.isEmpty()) {
            return new String[0];
        }
        OutsidePattern pattern = OutsidePattern.of(expression);
        List<String> all =
                database.sql("select name from app").query(String.class).list();
        try {
            return Compute.of(caller, Compute.REQUEST, () -> all.stream()
                    .filter(pattern::isIn)
                    .toArray(String[]::new));
        } catch (Overlong e) {
            throw Failure.invalid("the regular expression \"" + expression + "\" cannot be looked for in " + all.size()
                    + " names: " + e.message() + "; write a simpler one");
        }
    }

    private static String[] values(Collection<Context> contexts, ContextType type) {
        return contexts.stream()
                .filter(context -> context.type() == type)
                .map(Context::value)
                .toArray(String[]::new);
    }

    List<String> namesInPool(String pool) {
        return database.sql("select name from app where pool = :pool order by name")
                .param("pool", pool)
                .query(String.class)
                .list();
    }

    List<String> namesOfTeam(String team) {
        return database.sql("select app from app_team where team = :team order by app")
                .param("team", team)
                .query(String.class)
                .list();
    }

    boolean anyOnPlatform(String platform) {
        return database.sql("select exists (select from app where platform = :platform)")
                .param("platform", platform)
                .query(Boolean.class)
                .single();
    }

    /** Lists show all of it, of all apps. */
    private void requireSmall(App app) {
        int size = app.description().length()
                + json.write(app.tags()).length()
                + json.write(app.metadata()).length()
                + json.write(app.processes()).length();
        if (size > MOST_SAID) {
            throw Failure.invalid("description, tags, metadata and processes of the app \"" + app.name()
                    + "\" would have " + size + " characters; the most is " + MOST_SAID + ": take something away");
        }
    }

    /** Writes what an update may change, but for plan and pool, which the app's release says. */
    void update(App app) {
        requireSmall(app);
        database.sql("""
                        update app set description = :description, platform = :platform, team_owner = :teamOwner,
                                       tags = :tags, metadata = :metadata::jsonb, processes = :processes::jsonb
                         where name = :name""")
                .param("name", app.name())
                .param("description", app.description())
                .param("platform", app.platform())
                .param("teamOwner", app.teamOwner())
                .param("tags", app.tags().toArray(String[]::new))
                .param("metadata", json.write(app.metadata()))
                .param("processes", json.write(app.processes()))
                .update();
        if (!app.teams().contains(app.teamOwner())) {
            insertTeam(app.name(), app.teamOwner());
        }
    }

    /** The next build starts from scratch. */
    void resetImage(String name) {
        database.sql("update app set image_reset_at = clock_timestamp() where name = :name")
                .param("name", name)
                .update();
    }

    /** The next build of each app of a platform starts from scratch; in the order of their names, so that two never wait for each other. */
    void resetImages(String platform) {
        database.sql("""
                        with held as (select name from app where platform = :platform order by name for update)
                        update app set image_reset_at = clock_timestamp() from held where app.name = held.name""").param("platform", platform).update();
    }

    boolean isImageReset(String name) {
        return database.sql("select image_reset_at is not null from app where name = :name")
                .param("name", name)
                .query(Boolean.class)
                .single();
    }

    /** What was wanted before the event began is done by its build; what was wanted since, its build may have missed. */
    void imageIsMade(String name, String event) {
        database.sql("""
                        update app set image_reset_at = null
                         where name = :name and image_reset_at <= (select started_at from event where id = :event)""").param("name", name).param("event", event).update();
    }

    void delete(String name) {
        database.sql("delete from app where name = :name").param("name", name).update();
    }

    private App app(ResultSet row, int number) throws SQLException {
        return new App(
                row.getString("name"),
                row.getString("description"),
                row.getString("platform"),
                row.getString("pool"),
                json.read(row.getString("plan"), new TypeReference<Plan>() {}),
                row.getString("team_owner"),
                List.of((String[]) row.getArray("teams").getArray()),
                row.getString("owner"),
                List.of((String[]) row.getArray("tags").getArray()),
                json.read(row.getString("metadata"), new TypeReference<Metadata>() {}),
                json.read(row.getString("processes"), new TypeReference<List<ProcessSettings>>() {}),
                row.getInt("quota_limit"),
                row.getInt("unix_user"),
                integer(row, "desired_release"),
                integer(row, "healthy_release"),
                row.getInt("deploys"),
                routers(row.getString("routers")),
                List.of((String[]) row.getArray("cnames").getArray()),
                exposure(row.getString("exposure")),
                row.getTimestamp("created_at").toInstant());
    }

    private Exposure exposure(@Nullable String text) {
        return text == null ? Exposure.NONE : json.read(text, Exposure.class);
    }

    private List<App.AppRouter> routers(String text) {
        return new ArrayList<>(json.read(text, new TypeReference<List<App.AppRouter>>() {}));
    }

    private static @Nullable Integer integer(ResultSet row, String column) throws SQLException {
        int value = row.getInt(column);
        return row.wasNull() ? null : value;
    }
}
