package io.orizuru.deploy;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The list of deploys: a view over their events, which outlive the apps. An event's version is found by its number, which no
 * other version of an app of that name ever gets.
 */
@ApplicationScoped
class DeployRecords {
    private static final String SELECT = """
            select e.id, e.target_value, e.owner_name, left(e.error, 4096) as error, e.running, e.started_at,
                   coalesce(e.ended_at, now()) as ended_at,
                   left(coalesce((select p->>'value' from jsonb_array_elements(e.start_data) p where p->>'name' = 'origin'), ''), 4096) as origin,
                   left(coalesce((select p->>'value' from jsonb_array_elements(e.start_data) p where p->>'name' = 'message'), ''), 4096) as message,
                   left(coalesce(e.end_data->>'image', ''), 4096) as image,
                   left(coalesce(e.end_data->>'commit', ''), 4096) as commit,
                   exists (select from app a where a.identity = e.target_identity) as of_app_of_now,
                   coalesce((e.end_data->>'version')::int, 0) as version,
                   exists (select from version v join app a on a.name = v.app
                            where a.identity = e.target_identity and v.number = (e.end_data->>'version')::int
                              and not v.disabled) as kept
              from event e
             where e.kind = 'app.deploy'
            """;

    private final Database database;

    DeployRecords(Database database) {
        this.database = database;
    }

    /**
     * One deploy.
     *
     * @param commit of the repository that it was made from, or empty
     * @param error why it failed, or empty
     * @param ofAppOfNow whether it was of the app that has the name now, and not of one before it
     * @param canRollBack whether it went well, and the version that it ran is still there and not disabled
     */
    record Deploy(
            String id,
            String app,
            String user,
            String origin,
            String message,
            String image,
            int version,
            String commit,
            String error,
            Instant startedAt,
            Duration duration,
            boolean canRollBack,
            boolean ofAppOfNow) {}

    /** Counts a deploy that went well. */
    void deployed(String app) {
        database.sql("update app set deploys = deploys + 1 where name = :app")
                .param("app", app)
                .update();
    }

    /**
     * Deploys, newest first.
     *
     * @param app empty for all
     * @param visible contexts; a deploy is in them through its app, the very one, as that is now
     */
    List<Deploy> list(String app, Set<Context> visible, int limit, int skip) {
        return database.sql(SELECT + """
                           and (:app = '' or e.target_value = :app)
                           and (:everything or exists (
                                select from app a where a.identity = e.target_identity
                                   and (a.name = any(:apps) or a.pool = any(:pools)
                                        or exists (select from app_team t where t.app = a.name and t.team = any(:teams)))))
                         order by e.started_at desc, e.id desc limit :limit offset :skip""")
                .param("app", app)
                .param("everything", visible.contains(Context.GLOBAL))
                .param("apps", values(visible, ContextType.APP))
                .param("pools", values(visible, ContextType.POOL))
                .param("teams", values(visible, ContextType.TEAM))
                .param("limit", limit)
                .param("skip", skip)
                .query(DeployRecords::deploy)
                .list();
    }

    private static String[] values(Set<Context> contexts, ContextType type) {
        return contexts.stream()
                .filter(context -> context.type() == type)
                .map(Context::value)
                .toArray(String[]::new);
    }

    Optional<Deploy> find(String id) {
        return database.sql(SELECT + " and e.id = :id")
                .param("id", id)
                .query(DeployRecords::deploy)
                .optional();
    }

    private static Deploy deploy(ResultSet row, int number) throws SQLException {
        Instant started = row.getTimestamp("started_at").toInstant();
        String error = row.getString("error");
        return new Deploy(
                row.getString("id"),
                row.getString("target_value"),
                row.getString("owner_name"),
                row.getString("origin"),
                row.getString("message"),
                row.getString("image"),
                row.getInt("version"),
                row.getString("commit"),
                error,
                started,
                Duration.between(started, row.getTimestamp("ended_at").toInstant()),
                error.isEmpty() && !row.getBoolean("running") && row.getBoolean("kept"),
                row.getBoolean("of_app_of_now"));
    }
}
