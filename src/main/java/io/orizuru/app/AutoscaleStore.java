package io.orizuru.app;

import io.orizuru.autoscale.AutoscaleSpec;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The autoscale rules of apps, one a process. Part of the transactions of its callers. */
@ApplicationScoped
class AutoscaleStore {
    private final Database database;
    private final JsonColumns json;

    AutoscaleStore(Database database, JsonColumns json) {
        this.database = database;
        this.json = json;
    }

    List<AutoscaleSpec> of(String app) {
        return database.sql("select spec from autoscale_rule where app = :app order by process")
                .param("app", app)
                .query(this::spec)
                .list();
    }

    Optional<AutoscaleSpec> find(String app, String process) {
        return database.sql("select spec from autoscale_rule where app = :app and process = :process")
                .param("app", app)
                .param("process", process)
                .query(this::spec)
                .optional();
    }

    /** Those that have a rule. */
    List<String> apps() {
        return database.sql("select distinct app from autoscale_rule order by app")
                .query(String.class)
                .list();
    }

    void put(String app, AutoscaleSpec spec) {
        database.sql("""
                        insert into autoscale_rule (app, process, spec) values (:app, :process, :spec::jsonb)
                        on conflict (app, process) do update set spec = excluded.spec""")
                .param("app", app)
                .param("process", spec.processName())
                .param("spec", json.write(spec))
                .update();
    }

    void delete(String app, String process) {
        database.sql("delete from autoscale_rule where app = :app and process = :process")
                .param("app", app)
                .param("process", process)
                .update();
    }

    private AutoscaleSpec spec(ResultSet row, int index) throws SQLException {
        return json.read(row.getString("spec"), AutoscaleSpec.class);
    }
}
