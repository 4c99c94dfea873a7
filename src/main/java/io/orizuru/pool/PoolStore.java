package io.orizuru.pool;

import com.fasterxml.jackson.core.type.TypeReference;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

@ApplicationScoped
class PoolStore {
    private final Database database;
    private final JsonColumns json;

    PoolStore(Database database, JsonColumns json) {
        this.database = database;
        this.json = json;
    }

    boolean insert(Pool pool) {
        return database.sql("""
                        insert into pool (name, provisioner, is_default, labels)
                        values (:name, :provisioner, :default, :labels::jsonb) on conflict (name) do nothing""")
                        .param("name", pool.name())
                        .param("provisioner", pool.provisioner())
                        .param("default", pool.isDefault())
                        .param("labels", json.write(pool.labels()))
                        .update()
                == 1;
    }

    /** Takes the mark of the default pool away from whichever has it. */
    void clearDefault() {
        database.sql("update pool set is_default = false where is_default").update();
    }

    Optional<Pool> defaultPool() {
        return database.sql("select name, provisioner, is_default, labels from pool where is_default")
                .query(this::pool)
                .optional();
    }

    Optional<Pool> find(String name) {
        return database.sql("select name, provisioner, is_default, labels from pool where name = :name")
                .param("name", name)
                .query(this::pool)
                .optional();
    }

    List<Pool> list() {
        return database.sql("select name, provisioner, is_default, labels from pool order by name")
                .query(this::pool)
                .list();
    }

    /** Changes all but the name and the provisioner. */
    void update(Pool pool) {
        database.sql("update pool set is_default = :default, labels = :labels::jsonb where name = :name")
                .param("default", pool.isDefault())
                .param("labels", json.write(pool.labels()))
                .param("name", pool.name())
                .update();
    }

    boolean delete(String name) {
        database.sql("delete from pool_constraint where pool_expr = :name")
                .param("name", name)
                .update();
        return database.sql("delete from pool where name = :name")
                        .param("name", name)
                        .update()
                == 1;
    }

    List<Constraint> constraints() {
        return database.sql(
                        "select pool_expr, field, value_list, blacklist from pool_constraint order by pool_expr, field")
                .query((row, number) -> new Constraint(
                        row.getString("pool_expr"),
                        row.getString("field"),
                        List.of((String[]) row.getArray("value_list").getArray()),
                        row.getBoolean("blacklist")))
                .list();
    }

    void put(Constraint constraint) {
        database.sql("""
                        insert into pool_constraint (pool_expr, field, value_list, blacklist)
                        values (:pool, :field, :values, :blacklist)
                        on conflict (pool_expr, field) do update
                           set value_list = excluded.value_list, blacklist = excluded.blacklist""")
                .param("pool", constraint.poolExpression())
                .param("field", constraint.field())
                .param("values", constraint.values().toArray(String[]::new))
                .param("blacklist", constraint.blacklist())
                .update();
    }

    void renameTeam(String oldName, String newName) {
        database.sql("""
                        update pool_constraint set value_list = array_replace(value_list, :old, :new)
                         where field = 'team' and :old = any(value_list)""").param("old", oldName).param("new", newName).update();
    }

    /** An empty list stays: no constraint at all would let every team in. */
    void removeTeam(String team) {
        database.sql("""
                        update pool_constraint set value_list = array_remove(value_list, :team)
                         where field = 'team' and :team = any(value_list)""").param("team", team).update();
    }

    void removeConstraint(String poolExpression, String field) {
        database.sql("delete from pool_constraint where pool_expr = :pool and field = :field")
                .param("pool", poolExpression)
                .param("field", field)
                .update();
    }

    private Pool pool(ResultSet row, int number) throws SQLException {
        return new Pool(
                row.getString("name"),
                row.getString("provisioner"),
                row.getBoolean("is_default"),
                json.read(row.getString("labels"), new TypeReference<Map<String, String>>() {}));
    }
}
