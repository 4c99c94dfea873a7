package io.orizuru.service;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.db.Database;
import io.orizuru.db.JsonColumns;
import io.orizuru.secret.Secret;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

@ApplicationScoped
class ServiceStore {
    private static final String SELECT = """
            select s.*, array(select t.team from service_team t where t.service = s.name order by t.team) as teams
              from service s
            """;

    private final Database database;
    private final Vault vault;
    private final JsonColumns json;

    ServiceStore(Database database, Vault vault, JsonColumns json) {
        this.database = database;
        this.vault = vault;
        this.json = json;
    }

    /** False when there is one of that name. */
    boolean insert(Service service, Secret password) {
        return database.sql("""
                        insert into service (name, username, password, endpoint, team_owner, restricted, multi_cluster)
                        values (:name, :username, :password, :endpoint, :owner, :restricted, :multiCluster)
                        on conflict (name) do nothing""")
                        .param("name", service.name())
                        .param("username", service.username())
                        .param("password", vault.encrypt(password.value(), context(service.name())))
                        .param("endpoint", service.endpoint())
                        .param("owner", service.teamOwner())
                        .param("restricted", service.restricted())
                        .param("multiCluster", service.multiCluster())
                        .update()
                == 1;
    }

    /** Changes all that its owner says of it. */
    void update(Service service, Secret password) {
        database.sql("""
                        update service set username = :username, password = :password, endpoint = :endpoint,
                               team_owner = :owner, restricted = :restricted, multi_cluster = :multiCluster
                         where name = :name""")
                .param("name", service.name())
                .param("username", service.username())
                .param("password", vault.encrypt(password.value(), context(service.name())))
                .param("endpoint", service.endpoint())
                .param("owner", service.teamOwner())
                .param("restricted", service.restricted())
                .param("multiCluster", service.multiCluster())
                .update();
    }

    void document(String name, String doc) {
        database.sql("update service set doc = :doc where name = :name")
                .param("doc", doc)
                .param("name", name)
                .update();
    }

    Optional<Service> find(String name) {
        return database.sql(SELECT + " where s.name = :name")
                .param("name", name)
                .query(ServiceStore::service)
                .optional();
    }

    /** Whether it is there; until this transaction ends, it stays. */
    boolean hold(String name) {
        return held(name, "share");
    }

    /** As {@link #hold}; nobody else holds it meanwhile. */
    boolean seize(String name) {
        return held(name, "update");
    }

    private boolean held(String name, String how) {
        return database.sql("select 1 from service where name = :name for " + how)
                .param("name", name)
                .query(Integer.class)
                .optional()
                .isPresent();
    }

    Secret password(String name) {
        byte[] encrypted = database.sql("select password from service where name = :name")
                .param("name", name)
                .query(byte[].class)
                .single();
        return new Secret(vault.decrypt(encrypted, context(name)));
    }

    /** Those that a team offers, by name. */
    List<String> ofTeam(String team) {
        return database.sql("select name from service where team_owner = :team order by name")
                .param("team", team)
                .query(String.class)
                .list();
    }

    /** The services that are offered in one of the places. */
    List<Service> offered(Set<Context> places) {
        return database.sql(SELECT + """
                         where :everything or s.name = any(:services) or s.team_owner = any(:teams)
                         order by s.name""")
                .param("everything", places.contains(Context.GLOBAL))
                .param("services", values(places, ContextType.SERVICE))
                .param("teams", values(places, ContextType.TEAM))
                .query(ServiceStore::service)
                .list();
    }

    /** The services that are for everybody, or that one of the places was let in to. */
    List<Service> usable(Set<Context> places) {
        return database.sql(SELECT + """
                         where not s.restricted or :everything or s.name = any(:services) or s.team_owner = any(:teams)
                            or exists (select from service_team t where t.service = s.name and t.team = any(:teams))
                         order by s.name""")
                .param("everything", places.contains(Context.GLOBAL))
                .param("services", values(places, ContextType.SERVICE))
                .param("teams", values(places, ContextType.TEAM))
                .query(ServiceStore::service)
                .list();
    }

    static String[] values(Set<Context> places, ContextType type) {
        return places.stream()
                .filter(place -> place.type() == type)
                .map(Context::value)
                .toArray(String[]::new);
    }

    /** False when the team was let in already. */
    boolean insertTeam(String service, String team) {
        return database.sql("insert into service_team (service, team) values (:service, :team) on conflict do nothing")
                        .param("service", service)
                        .param("team", team)
                        .update()
                == 1;
    }

    /** False when the team was not let in. */
    boolean deleteTeam(String service, String team) {
        return database.sql("delete from service_team where service = :service and team = :team")
                        .param("service", service)
                        .param("team", team)
                        .update()
                == 1;
    }

    /** Lets a team in nowhere any more. */
    void forgetTeam(String team) {
        database.sql("delete from service_team where team = :team")
                .param("team", team)
                .update();
    }

    void delete(String name) {
        database.sql("delete from service where name = :name")
                .param("name", name)
                .update();
    }

    Optional<Manifest> manifest(String name) {
        return database.sql("select manifest from service where name = :name and manifest is not null")
                .param("name", name)
                .query(String.class)
                .optional()
                .map(text -> json.read(text, Manifest.class));
    }

    void putManifest(String name, Manifest manifest) {
        database.sql("update service set manifest = :manifest::jsonb where name = :name")
                .param("manifest", json.write(manifest))
                .param("name", name)
                .update();
    }

    private static String context(String name) {
        return "service/" + name + "/password";
    }

    private static Service service(ResultSet row, int number) throws SQLException {
        return new Service(
                row.getString("name"),
                row.getString("username"),
                row.getString("endpoint"),
                row.getString("team_owner"),
                List.of((String[]) row.getArray("teams").getArray()),
                row.getBoolean("restricted"),
                row.getBoolean("multi_cluster"),
                row.getString("doc"));
    }
}
