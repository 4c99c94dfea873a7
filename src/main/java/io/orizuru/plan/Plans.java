package io.orizuru.plan;

import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What plans there are. */
@ApplicationScoped
public class Plans {
    private static final long MIB = 1L << 20;
    private static final String DEFAULT_NAME = "c0.1m0.2";

    private final Database database;

    Plans(Database database) {
        this.database = database;
    }

    /** All plans, by name. */
    public List<Plan> list() {
        return database.sql("select name, memory, cpu_milli, is_default from plan order by name")
                .query(Plans::plan)
                .list();
    }

    public Optional<Plan> find(String name) {
        return database.sql("select name, memory, cpu_milli, is_default from plan where name = :name")
                .param("name", name)
                .query(Plans::plan)
                .optional();
    }

    /** The plan of that name, the default one when it is empty. */
    public Plan require(String name) {
        return name.isEmpty() ? defaultPlan() : find(name).orElseThrow(() -> Failure.invalid("plan not found"));
    }

    private Plan defaultPlan() {
        return database.sql("select name, memory, cpu_milli, is_default from plan where is_default")
                .query(Plans::plan)
                .optional()
                .orElseThrow(() -> Failure.invalid("there is no default plan, so a plan must be named"));
    }

    /** Makes the 22 plans of a new server; nothing when there are plans already. */
    public void seed() {
        if (!list().isEmpty()) {
            return;
        }
        seed("c0.1m0.1", 100, 128);
        seed("c0.1m0.2", 100, 256);
        seed("c0.3m0.5", 300, 512);
        seed("c0.3m1", 300, 1024);
        seed("c0.5m1", 500, 1024);
        seed("c0.5m2", 500, 2048);
        int[][] coresAndGibibytes = {
            {1, 1}, {1, 2}, {1, 4}, {2, 1}, {2, 2}, {2, 4}, {2, 8}, {4, 2}, {4, 4}, {4, 8}, {4, 16}, {8, 4}, {8, 8},
            {8, 16}, {16, 8}, {16, 16}
        };
        for (int[] size : coresAndGibibytes) {
            seed("c" + size[0] + "m" + size[1], size[0] * 1000, size[1] * 1024L);
        }
    }

    private void seed(String name, int cpuMilli, long mebibytes) {
        database.sql("""
                        insert into plan (name, memory, cpu_milli, is_default) values (:name, :memory, :cpu, :default)
                        on conflict do nothing""")
                .param("name", name)
                .param("memory", mebibytes * MIB)
                .param("cpu", cpuMilli)
                .param("default", name.equals(DEFAULT_NAME))
                .update();
    }

    private static Plan plan(ResultSet row, int number) throws SQLException {
        return new Plan(
                row.getString("name"),
                row.getLong("memory"),
                row.getInt("cpu_milli"),
                row.getBoolean("is_default"),
                PlanOverride.NOTHING);
    }
}
