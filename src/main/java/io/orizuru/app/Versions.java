package io.orizuru.app;

import com.fasterxml.jackson.core.type.TypeReference;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import io.orizuru.failure.Failure;
import io.orizuru.provision.AppManifest;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The versions of apps. */
@ApplicationScoped
public class Versions {
    private final Database database;
    private final JsonColumns json;

    Versions(Database database, JsonColumns json) {
        this.database = database;
        this.json = json;
    }

    /** A number that no version of an app of this name ever had. */
    public int nextNumber(String app) {
        return database.sql("""
                        insert into version_counter (app, last) values (:app, 1)
                        on conflict (app) do update set last = version_counter.last + 1
                        returning last""").param("app", app).query(Integer.class).single();
    }

    /** Keeps a version; one of the same number is the same version. */
    public void insert(Version version) {
        database.sql("""
                        insert into version (app, number, event, platform, image, processes, manifest, origin, message, created_by,
                                             archive)
                        values (:app, :number, :event, :platform, :image, :processes::jsonb, :manifest::jsonb, :origin,
                                :message, :by, :archive)
                        on conflict do nothing""")
                .param("app", version.app())
                .param("number", version.number())
                .param("event", version.event())
                .param("platform", version.platform())
                .param("image", version.image())
                .param("processes", json.write(version.processes()))
                .param("manifest", json.write(version.manifest()))
                .param("origin", version.origin())
                .param("message", version.message())
                .param("by", version.createdBy())
                .param("archive", version.archive())
                .update();
    }

    public Optional<Version> find(String app, int number) {
        return database.sql("select * from version where app = :app and number = :number")
                .param("app", app)
                .param("number", number)
                .query(this::version)
                .optional();
    }

    /** A version that must be there, since a release or a unit refers to it. */
    public Version require(String app, int number) {
        return find(app, number)
                .orElseThrow(() -> new IllegalStateException("the app " + app + " has no version " + number));
    }

    /** All versions of an app, the newest first. */
    public List<Version> of(String app) {
        return database.sql("select * from version where app = :app order by number desc")
                .param("app", app)
                .query(this::version)
                .list();
    }

    /**
     * The version that people name by its number, as {@code v} and the number, or by its whole image: exactly, never a
     * part of it.
     *
     * @throws Failure when there is none
     */
    public Version named(String app, String name) {
        List<Version> all = of(app);
        if (all.isEmpty()) {
            throw Failure.invalid("no versions available for app");
        }
        return named(all, name).orElseThrow(() -> Failure.invalid("Invalid version: " + name));
    }

    /** Whether people name a version of an app so. */
    public boolean isNamed(String app, String name) {
        return named(of(app), name).isPresent();
    }

    private static Optional<Version> named(List<Version> all, String name) {
        String number = name.startsWith("v") ? name.substring(1) : name;
        return all.stream()
                .filter(version -> Integer.toString(version.number()).equals(number)
                        || version.image().equals(name))
                .findFirst();
    }

    /** Says whether a version may be rolled back to. */
    public void disable(String app, int number, boolean disabled, String reason) {
        database.sql(
                        "update version set disabled = :disabled, disabled_reason = :reason where app = :app and number = :number")
                .param("disabled", disabled)
                .param("reason", reason)
                .param("app", app)
                .param("number", number)
                .update();
    }

    /** The archives that are kept for building versions anew. */
    public Set<String> archives() {
        return Set.copyOf(database.sql("select archive from version where archive <> ''")
                .query(String.class)
                .list());
    }

    /** Absent is fine. */
    public void delete(String app, int number) {
        database.sql("delete from version where app = :app and number = :number")
                .param("app", app)
                .param("number", number)
                .update();
    }

    /** The versions that events made, by event. */
    public List<Version> ofEvents(List<String> events) {
        return database.sql("select * from version where event = any(:events)")
                .param("events", events.toArray(String[]::new))
                .query(this::version)
                .list();
    }

    private Version version(ResultSet row, int number) throws SQLException {
        return new Version(
                row.getString("app"),
                row.getInt("number"),
                row.getString("event"),
                row.getString("platform"),
                row.getString("image"),
                json.read(row.getString("processes"), new TypeReference<Map<String, String>>() {}),
                json.read(row.getString("manifest"), new TypeReference<AppManifest>() {}),
                row.getString("origin"),
                row.getString("message"),
                row.getString("created_by"),
                row.getString("archive"),
                row.getBoolean("disabled"),
                row.getString("disabled_reason"),
                row.getTimestamp("created_at").toInstant());
    }
}
