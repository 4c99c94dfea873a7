package io.orizuru.app;

import com.fasterxml.jackson.core.type.TypeReference;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import io.orizuru.failure.Failure;
import io.orizuru.plan.Plan;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class ReleaseStore {
    private static final int UNIT = 64 << 10;
    /** Of environments, encrypted, that are being read: 8 MiB. */
    private static final int MOST_UNITS = 128;

    private static final long PATIENCE_SECONDS = 5;
    private static final Semaphore READING = new Semaphore(MOST_UNITS, true);

    private final Database database;
    private final Vault vault;
    private final JsonColumns json;

    ReleaseStore(Database database, Vault vault, JsonColumns json) {
        this.database = database;
        this.vault = vault;
        this.json = json;
    }

    Optional<Release> find(String app, int number) {
        return database.sql("select * from release where app = :app and number = :number")
                .param("app", app)
                .param("number", number)
                .query(this::release)
                .optional();
    }

    /** What the app should run now; nothing before its first change. */
    Optional<Release> desired(String app) {
        return database.sql("""
                        select r.* from app a join release r on r.app = a.name and r.number = a.desired_release
                         where a.name = :app""").param("app", app).query(this::release).optional();
    }

    /** @param number null for all */
    List<Releases.Recorded> recorded(String app, @Nullable Integer number, int limit, int skip) {
        return database.sql("""
                        select number, event, created_at, healthy_at, withdrawn, placement, plan, pool from release
                         where app = :app and (:number::int is null or number = :number::int)
                         order by number desc limit :limit offset :skip""")
                .param("app", app)
                .param("number", number)
                .param("limit", limit)
                .param("skip", skip)
                .query((row, index) -> new Releases.Recorded(
                        row.getInt("number"),
                        row.getString("event"),
                        row.getTimestamp("created_at").toInstant(),
                        row.getTimestamp("healthy_at") == null
                                ? null
                                : row.getTimestamp("healthy_at").toInstant(),
                        row.getString("withdrawn"),
                        json.read(row.getString("placement"), Placement.class),
                        json.read(row.getString("plan"), Plan.class),
                        row.getString("pool")))
                .list();
    }

    Optional<Release> lastHealthyOf(String app, int version) {
        return database.sql("""
                        select * from release
                         where app = :app and healthy_at is not null and withdrawn is null
                           and placement->'versions' @> jsonb_build_array(jsonb_build_object('version', :version::int))
                         order by number desc limit 1""")
                .param("app", app)
                .param("version", version)
                .query(this::release)
                .optional();
    }

    /** The versions that ran in health and are still there, those that did so last first. */
    List<Integer> lastHealthyVersions(String app, int limit) {
        return database.sql("""
                        select v.number
                          from version v
                          join (select r.number, (running->>'version')::int as version
                                  from release r, jsonb_array_elements(r.placement->'versions') running
                                 where r.app = :app and r.healthy_at is not null and r.withdrawn is null) ran
                            on ran.version = v.number
                         where v.app = :app
                         group by v.number order by max(ran.number) desc limit :limit""")
                .param("app", app)
                .param("limit", limit)
                .query(Integer.class)
                .list();
    }

    /** What of several apps should run, by app; nothing for those that never had a release. */
    Map<String, Placement> desiredPlacements(Collection<String> apps) {
        Map<String, Placement> placements = new HashMap<>();
        database.sql("""
                        select r.app, r.placement from app a join release r on r.app = a.name and r.number = a.desired_release
                         where a.name = any(:apps)""").param("apps", apps.toArray(String[]::new)).query(row -> {
            placements.put(row.getString("app"), json.read(row.getString("placement"), Placement.class));
        });
        return placements;
    }

    int nextNumber(String app) {
        return database.sql("select coalesce(max(number), 0) + 1 from release where app = :app")
                .param("app", app)
                .query(Integer.class)
                .single();
    }

    List<Integer> ofEvent(String app, String event) {
        return database.sql("select number from release where app = :app and event = :event order by number")
                .param("app", app)
                .param("event", event)
                .query(Integer.class)
                .list();
    }

    /** How many units the app may have, and what should run now. */
    record Room(int limit, Placement now) {}

    Room room(String app) {
        return database.sql("""
                        select a.quota_limit, r.placement
                          from app a left join release r on r.app = a.name and r.number = a.desired_release
                         where a.name = :app""")
                .param("app", app)
                .query((row, number) -> {
                    String placement = row.getString("placement");
                    return new Room(
                            row.getInt("quota_limit"),
                            placement == null ? Placement.NOTHING : json.read(placement, Placement.class));
                })
                .single();
    }

    void insert(Release release) {
        database.sql("""
                        insert into release (app, number, event, environment, placement, plan, pool, process_plans)
                        values (:app, :number, :event, :environment, :placement::jsonb, :plan::jsonb, :pool,
                                :processPlans::jsonb)""")
                .param("app", release.app())
                .param("number", release.number())
                .param("event", release.event())
                .param(
                        "environment",
                        vault.encrypt(json.write(release.environment()), context(release.app(), release.number())))
                .param("placement", json.write(release.placement()))
                .param("plan", json.write(release.plan()))
                .param("pool", release.pool())
                .param("processPlans", json.write(release.processPlans()))
                .update();
    }

    void markWithdrawn(String app, int number, String why) {
        database.sql("update release set withdrawn = :why where app = :app and number = :number")
                .param("why", why)
                .param("app", app)
                .param("number", number)
                .update();
    }

    /** What should run; the plans of the app and of its processes, and its pool, are those of that release. */
    void setDesired(String app, @Nullable Integer number) {
        database.sql("""
                        update app a set desired_release = :number,
                               plan = coalesce((select r.plan from release r where r.app = :app and r.number = :number), a.plan),
                               pool = coalesce((select r.pool from release r where r.app = :app and r.number = :number), a.pool)
                         where a.name = :app""").param("number", number).param("app", app).update();
        if (number != null) {
            setPlansOfProcesses(app, number);
        }
    }

    private void setPlansOfProcesses(String app, int number) {
        OfProcesses found = database.sql("""
                        select a.processes, r.process_plans from app a join release r on r.app = a.name
                         where a.name = :app and r.number = :number""")
                .param("app", app)
                .param("number", number)
                .query((row, index) -> new OfProcesses(
                        json.read(row.getString("processes"), new TypeReference<List<ProcessSettings>>() {}),
                        plans(row)))
                .single();
        List<ProcessSettings> wanted = ProcessSettings.withPlans(found.settings(), found.plans());
        if (!wanted.equals(found.settings())) {
            database.sql("update app set processes = :processes::jsonb where name = :app")
                    .param("processes", json.write(wanted))
                    .param("app", app)
                    .update();
        }
    }

    private record OfProcesses(List<ProcessSettings> settings, Map<String, Plan> plans) {}

    private Map<String, Plan> plans(ResultSet row) throws SQLException {
        return json.read(row.getString("process_plans"), new TypeReference<Map<String, Plan>>() {});
    }

    void setHealthy(String app, int number) {
        database.sql("update release set healthy_at = now() where app = :app and number = :number")
                .param("number", number)
                .param("app", app)
                .update();
        database.sql("update app set healthy_release = :number where name = :app")
                .param("number", number)
                .param("app", app)
                .update();
    }

    private Release release(ResultSet row, int index) throws SQLException {
        String app = row.getString("app");
        int number = row.getInt("number");
        return new Release(
                app,
                number,
                row.getString("event"),
                environment(row.getBytes("environment"), context(app, number)),
                json.read(row.getString("placement"), Placement.class),
                json.read(row.getString("plan"), Plan.class),
                row.getString("pool"),
                plans(row));
    }

    /** Few at a time: reading one takes several times what is left of it. */
    private Environment environment(byte[] encrypted, String context) {
        int weight = Math.clamp(encrypted.length / UNIT + 1, 1, MOST_UNITS);
        try {
            if (!READING.tryAcquire(weight, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw Failure.unavailable("too many large environments are being read, try again in a moment");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
        try {
            return json.read(vault.decrypt(encrypted, context), Environment.class);
        } finally {
            READING.release(weight);
        }
    }

    private static String context(String app, int number) {
        return "release/" + app + "/" + number + "/environment";
    }
}
