package io.orizuru.platform;

import io.orizuru.access.Context;
import io.orizuru.db.Database;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What platforms there are. */
@ApplicationScoped
public class Platforms {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    private final Database database;
    private final Events events;
    private final PlatformBuilder builder;
    private final List<PlatformUse> uses;

    Platforms(Database database, Events events, PlatformBuilder builder, @All List<PlatformUse> uses) {
        this.database = database;
        this.events = events;
        this.builder = builder;
        this.uses = uses;
    }

    /** Enabled platforms, all of them for those who look after them. */
    List<Platform> list(Call call) {
        boolean all =
                call.caller().maySomewhere("platform.update") || call.caller().maySomewhere("platform.create");
        return database.sql("select name, disabled from platform where :all or not disabled order by name")
                .param("all", all)
                .query(Platforms::platform)
                .list();
    }

    public Optional<Platform> find(String name) {
        return database.sql("select name, disabled from platform where name = :name")
                .param("name", name)
                .query(Platforms::platform)
                .optional();
    }

    /** Adds a platform that this server can build. */
    void add(Call call, String name) {
        if (name.isEmpty()) {
            throw Failure.invalid("Platform name is required.");
        }
        if (!NAME.matcher(name).matches()) {
            throw Failure.invalid("Invalid platform name, should have at most 40 characters, containing only lower case"
                    + " letters, numbers or dashes, starting with a letter.");
        }
        String refusal = builder.refusal(name);
        if (refusal != null) {
            throw Failure.invalid(refusal);
        }
        events.perform(call, subject(name), Data.of("name", name), () -> {
            int added = database.sql("insert into platform (name) values (:name) on conflict do nothing")
                    .param("name", name)
                    .update();
            if (added == 0) {
                throw Failure.conflict("Duplicate platform");
            }
        });
    }

    /** The platform of that name. */
    Platform require(String name) {
        return find(name).orElseThrow(() -> Failure.notFound("Invalid platform"));
    }

    /**
     * Updates a platform.
     *
     * @param disabled null leaves it as it is
     * @param rebuilt whether what it is made of is another: then apps are built for it from scratch
     */
    void update(Call call, String name, @Nullable Boolean disabled, boolean rebuilt) {
        require(name);
        String refusal = rebuilt ? builder.refusal(name) : null;
        if (refusal != null) {
            throw Failure.invalid(refusal);
        }
        Data data = Data.of("name", name).with("rebuilt", rebuilt);
        events.perform(call, subject(name), disabled == null ? data : data.with("disabled", disabled), () -> {
            require(name);
            if (disabled != null) {
                database.sql("update platform set disabled = :disabled where name = :name")
                        .param("disabled", disabled)
                        .param("name", name)
                        .update();
            }
            if (rebuilt) {
                uses.forEach(use -> use.updated(name));
            }
        });
    }

    void remove(Call call, String name) {
        events.perform(call, subject(name), Data.of("name", name), () -> {
            if (uses.stream().anyMatch(use -> use.uses(name))) {
                throw Failure.conflict("Platform has apps. You should remove them before remove the platform.");
            }
            int removed = database.sql("delete from platform where name = :name")
                    .param("name", name)
                    .update();
            if (removed == 0) {
                throw Failure.notFound("Platform doesn't exist.");
            }
        });
    }

    private static Subject subject(String name) {
        return Subject.of("platform", name, Context.GLOBAL);
    }

    private static Platform platform(ResultSet row, int number) throws SQLException {
        return new Platform(row.getString("name"), row.getBoolean("disabled"));
    }
}
