package io.orizuru.service;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

@ApplicationScoped
class InstanceStore {
    private static final String SELECT = """
            select i.*,
                   array(select t.team from instance_team t where t.service = i.service and t.instance = i.name
                          order by t.team <> i.team_owner, t.team) as teams,
                   array(select b.app from service_bind b where b.service = i.service and b.instance = i.name
                          order by b.created_at, b.app) as apps
              from service_instance i
            """;

    private final Database database;
    private final Vault vault;
    private final JsonColumns json;

    InstanceStore(Database database, Vault vault, JsonColumns json) {
        this.database = database;
        this.vault = vault;
        this.json = json;
    }

    /** False when there is one of that name. */
    boolean insert(Instance instance) {
        boolean added = database.sql("""
                        insert into service_instance
                               (service, name, plan, pool, description, tags, team_owner, parameters, state)
                        values (:service, :name, :plan, :pool, :description, :tags, :owner, :parameters, :state)
                        on conflict (service, name) do nothing""")
                        .param("service", instance.service())
                        .param("name", instance.name())
                        .param("plan", instance.plan())
                        .param("pool", instance.pool())
                        .param("description", instance.description())
                        .param("tags", instance.tags().toArray(String[]::new))
                        .param("owner", instance.teamOwner())
                        .param("parameters", encrypted(instance))
                        .param("state", text(instance.state()))
                        .update()
                == 1;
        if (added) {
            insertTeam(instance.service(), instance.name(), instance.teamOwner());
        }
        return added;
    }

    /** Changes what people say of it. */
    void update(Instance instance) {
        database.sql("""
                        update service_instance set plan = :plan, description = :description, tags = :tags,
                               team_owner = :owner, parameters = :parameters
                         where service = :service and name = :name""")
                .param("service", instance.service())
                .param("name", instance.name())
                .param("plan", instance.plan())
                .param("description", instance.description())
                .param("tags", instance.tags().toArray(String[]::new))
                .param("owner", instance.teamOwner())
                .param("parameters", encrypted(instance))
                .update();
        insertTeam(instance.service(), instance.name(), instance.teamOwner());
    }

    void setState(String service, String name, Instance.State state) {
        database.sql("update service_instance set state = :state where service = :service and name = :name")
                .param("state", text(state))
                .param("service", service)
                .param("name", name)
                .update();
    }

    Optional<Instance> find(String service, String name) {
        return database.sql(SELECT + " where i.service = :service and i.name = :name")
                .param("service", service)
                .param("name", name)
                .query(this::instance)
                .optional();
    }

    /** As {@link #find}; whoever removes the instance waits for this transaction. */
    Optional<Instance> hold(String service, String name) {
        database.sql("select from service_instance where service = :service and name = :name for share")
                .param("service", service)
                .param("name", name)
                .query(row -> {});
        return find(service, name);
    }

    /**
     * The instances of services that are found in one of the places.
     *
     * @param service empty for all
     * @param app only those that it is bound to; empty for all
     */
    List<Instance> visible(Set<Context> places, String service, String app) {
        return database.sql(SELECT + """
                         where (:everything or i.service || '/' || i.name = any(:instances)
                                or exists (select from instance_team t
                                            where t.service = i.service and t.instance = i.name and t.team = any(:teams)))
                           and (:service = '' or i.service = :service)
                           and (:app = '' or exists (select from service_bind b
                                                      where b.service = i.service and b.instance = i.name and b.app = :app))
                         order by i.service, i.name""")
                .param("everything", places.contains(Context.GLOBAL))
                .param("instances", ServiceStore.values(places, ContextType.SERVICE_INSTANCE))
                .param("teams", ServiceStore.values(places, ContextType.TEAM))
                .param("service", service)
                .param("app", app)
                .query(this::instance)
                .list();
    }

    boolean anyOf(String service) {
        return !database.sql("select 1 from service_instance where service = :service limit 1")
                .param("service", service)
                .query(Integer.class)
                .list()
                .isEmpty();
    }

    /** Those that a team owns, by name. */
    List<String> ofTeam(String team) {
        return database.sql("select name from service_instance where team_owner = :team order by service, name")
                .param("team", team)
                .query(String.class)
                .list();
    }

    /** That it has access already is no matter. */
    void insertTeam(String service, String instance, String team) {
        database.sql("""
                        insert into instance_team (service, instance, team) values (:service, :instance, :team)
                        on conflict do nothing""")
                .param("service", service)
                .param("instance", instance)
                .param("team", team)
                .update();
    }

    /** That it has none is no matter. */
    void deleteTeam(String service, String instance, String team) {
        database.sql("delete from instance_team where service = :service and instance = :instance and team = :team")
                .param("service", service)
                .param("instance", instance)
                .param("team", team)
                .update();
    }

    /** Takes a team's access to all that it does not own away. */
    void forgetTeam(String team) {
        database.sql("delete from instance_team where team = :team")
                .param("team", team)
                .update();
    }

    void delete(String service, String name) {
        database.sql("delete from service_instance where service = :service and name = :name")
                .param("service", service)
                .param("name", name)
                .update();
    }

    private byte[] encrypted(Instance instance) {
        return vault.encrypt(json.write(instance.parameters()), context(instance.service(), instance.name()));
    }

    private static String context(String service, String name) {
        return "service/" + service + "/" + name + "/parameters";
    }

    private static String text(Instance.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private Instance instance(ResultSet row, int number) throws SQLException {
        String service = row.getString("service");
        String name = row.getString("name");
        String parameters = vault.decrypt(row.getBytes("parameters"), context(service, name));
        return new Instance(
                service,
                name,
                row.getString("plan"),
                row.getString("pool"),
                row.getString("description"),
                List.of((String[]) row.getArray("tags").getArray()),
                row.getString("team_owner"),
                List.of((String[]) row.getArray("teams").getArray()),
                json.read(parameters, new TypeReference<Map<String, JsonNode>>() {}),
                Instance.State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                List.of((String[]) row.getArray("apps").getArray()));
    }
}
