package io.orizuru.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.db.Database;
import io.orizuru.plan.Plan;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class ReleaseStore {
    private final Database database;
    private final Vault vault;
    private final ObjectMapper json;

    ReleaseStore(Database database, Vault vault, ObjectMapper json) {
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

    /** The desired releases of several apps; none for those that never had one. */
    List<Release> desired(Collection<String> apps) {
        return database.sql("""
                        select r.* from app a join release r on r.app = a.name and r.number = a.desired_release
                         where a.name = any(:apps)""")
                .param("apps", apps.toArray(String[]::new))
                .query(this::release)
                .list();
    }

    int nextNumber(String app) {
        return database.sql("select coalesce(max(number), 0) + 1 from release where app = :app")
                .param("app", app)
                .query(Integer.class)
                .single();
    }

    void insert(Release release) {
        database.sql("""
                        insert into release (app, number, event, environment, placement, plan, pool)
                        values (:app, :number, :event, :environment, :placement::jsonb, :plan::jsonb, :pool)""")
                .param("app", release.app())
                .param("number", release.number())
                .param("event", release.event())
                .param(
                        "environment",
                        vault.encrypt(write(release.environment()), context(release.app(), release.number())))
                .param("placement", write(release.placement()))
                .param("plan", write(release.plan()))
                .param("pool", release.pool())
                .update();
    }

    void markWithdrawn(String app, int number, String why) {
        database.sql("update release set withdrawn = :why where app = :app and number = :number")
                .param("why", why)
                .param("app", app)
                .param("number", number)
                .update();
    }

    void setDesired(String app, @Nullable Integer number) {
        database.sql("update app set desired_release = :number where name = :app")
                .param("number", number)
                .param("app", app)
                .update();
    }

    void setHealthy(String app, int number) {
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
                read(vault.decrypt(row.getBytes("environment"), context(app, number)), Environment.class),
                read(row.getString("placement"), Placement.class),
                read(row.getString("plan"), Plan.class),
                row.getString("pool"));
    }

    private static String context(String app, int number) {
        return "release/" + app + "/" + number + "/environment";
    }

    private String write(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot be stored: " + value.getClass(), e);
        }
    }

    private <T> T read(String text, Class<T> type) {
        try {
            return json.readValue(text, type);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a release on record cannot be read", e);
        }
    }
}
