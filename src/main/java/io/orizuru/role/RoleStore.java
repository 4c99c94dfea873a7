package io.orizuru.role;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Grant;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.dao.DuplicateKeyException;

@ApplicationScoped
class RoleStore {
    private static final String SELECT = """
            select r.name, r.context, r.description,
                   array(select permission from role_permission p where p.role = r.name order by 1) as permissions,
                   array(select event from role_event e where e.role = r.name order by 1) as events
              from role r
            """;

    private final Database database;

    RoleStore(Database database) {
        this.database = database;
    }

    List<Role> list() {
        return database.sql(SELECT + " order by r.name").query(RoleStore::role).list();
    }

    Optional<Role> find(String name) {
        return database.sql(SELECT + " where r.name = :name")
                .param("name", name)
                .query(RoleStore::role)
                .optional();
    }

    /** The role, kept from others' changes until the thread's transaction ends. */
    Optional<Role> lock(String name) {
        database.sql("select from role where name = :name for no key update")
                .param("name", name)
                .query(row -> {});
        return find(name);
    }

    private static Role role(ResultSet row, int number) throws SQLException {
        return new Role(
                row.getString("name"),
                row.getString("context"),
                row.getString("description"),
                List.of((String[]) row.getArray("permissions").getArray()),
                List.of((String[]) row.getArray("events").getArray()));
    }

    /** Adds a role; false when there is one of that name. */
    boolean insert(Role role) {
        int added = database.sql("""
                        insert into role (name, context, description) values (:name, :context, :description)
                        on conflict do nothing""")
                .param("name", role.name())
                .param("context", role.context())
                .param("description", role.description())
                .update();
        if (added == 1) {
            role.permissions().forEach(permission -> addPermission(role.name(), permission));
        }
        return added == 1;
    }

    void addPermission(String role, String permission) {
        database.sql("""
                        insert into role_permission (role, permission) values (:role, :permission)
                        on conflict do nothing""").param("role", role).param("permission", permission).update();
    }

    void removePermission(String role, String permission) {
        database.sql("delete from role_permission where role = :role and permission = :permission")
                .param("role", role)
                .param("permission", permission)
                .update();
    }

    /** Changes all but its permissions; what refers to it follows. False when another role has the new name. */
    boolean update(String name, Role changed) {
        try {
            database.sql("""
                            update role set name = :newName, context = :context, description = :description
                             where name = :name""")
                    .param("newName", changed.name())
                    .param("context", changed.context())
                    .param("description", changed.description())
                    .param("name", name)
                    .update();
            return true;
        } catch (DuplicateKeyException e) {
            return false;
        }
    }

    void delete(String name) {
        database.sql("delete from role where name = :name").param("name", name).update();
    }

    /** For which values anybody holds the role: users, groups, tokens. */
    List<String> valuesHeld(String role) {
        return database.sql("""
                        select context_value from role_grant where role = :role
                        union select context_value from group_grant where role = :role
                        union select context_value from token_grant where role = :role""").param("role", role).query(String.class).list();
    }

    /** Whether a user or a team's token holds the role; that a group does keeps no role. */
    boolean isHeldByAnyone(String role) {
        return database.sql("""
                        select exists (select from role_grant where role = :role)
                            or exists (select from token_grant where role = :role)""").param("role", role).query(Boolean.class).single();
    }

    void addDefault(RoleEvent event, String role) {
        database.sql("insert into role_event (event, role) values (:event, :role) on conflict do nothing")
                .param("event", event.wireName())
                .param("role", role)
                .update();
    }

    void removeDefault(RoleEvent event, String role) {
        database.sql("delete from role_event where event = :event and role = :role")
                .param("event", event.wireName())
                .param("role", role)
                .update();
    }

    /** Gives a user the roles of something that happens. */
    void grantDefaults(RoleEvent event, String email, String contextValue) {
        database.sql("""
                        insert into role_grant (email, role, context_value)
                        select :email, role, :value from role_event where event = :event
                        on conflict do nothing""")
                .param("email", email)
                .param("value", contextValue)
                .param("event", event.wireName())
                .update();
    }

    void grant(String email, String role, String contextValue) {
        database.sql("""
                        insert into role_grant (email, role, context_value) values (:email, :role, :value)
                        on conflict do nothing""")
                .param("email", email)
                .param("role", role)
                .param("value", contextValue)
                .update();
    }

    void revoke(String email, String role, String contextValue) {
        database.sql("delete from role_grant where email = :email and role = :role and context_value = :value")
                .param("email", email)
                .param("role", role)
                .param("value", contextValue)
                .update();
    }

    void grantToGroup(String group, String role, String contextValue) {
        database.sql("""
                        insert into group_grant (group_name, role, context_value) values (:group, :role, :value)
                        on conflict do nothing""")
                .param("group", group)
                .param("role", role)
                .param("value", contextValue)
                .update();
    }

    void revokeFromGroup(String group, String role, String contextValue) {
        database.sql("delete from group_grant where group_name = :group and role = :role and context_value = :value")
                .param("group", group)
                .param("role", role)
                .param("value", contextValue)
                .update();
    }

    void grantToToken(String token, String role, String contextValue) {
        database.sql("""
                        insert into token_grant (token, role, context_value) values (:token, :role, :value)
                        on conflict do nothing""")
                .param("token", token)
                .param("role", role)
                .param("value", contextValue)
                .update();
    }

    void revokeFromToken(String token, String role, String contextValue) {
        database.sql("delete from token_grant where token = :token and role = :role and context_value = :value")
                .param("token", token)
                .param("role", role)
                .param("value", contextValue)
                .update();
    }

    /** Takes all roles away that anybody holds for something that is no more. */
    void forget(Context context) {
        for (String table : List.of("role_grant", "group_grant", "token_grant")) {
            database.sql("delete from " + table + """
                              g using role r
                             where r.name = g.role and r.context = :type and g.context_value = :value""")
                    .param("type", context.type().wireName())
                    .param("value", context.value())
                    .update();
        }
    }

    /** Lets all who hold roles for something hold them for its new name. */
    void rename(Context context, String newValue) {
        for (String table : List.of("role_grant", "group_grant", "token_grant")) {
            database.sql("update " + table + """
                              g set context_value = :newValue from role r
                             where r.name = g.role and r.context = :type and g.context_value = :value""")
                    .param("newValue", newValue)
                    .param("type", context.type().wireName())
                    .param("value", context.value())
                    .update();
        }
    }

    /** The roles of all users, or of one when {@code email} is not empty; those of their groups are not among them. */
    Map<String, List<RoleGrant>> grants(String email) {
        return held("""
                select g.email as holder, g.role, r.context, g.context_value
                  from role_grant g join role r on r.name = g.role
                 where :holder = '' or g.email = :holder""", email);
    }

    /** The roles of all groups. */
    Map<String, List<RoleGrant>> groupGrants() {
        return held("""
                select g.group_name as holder, g.role, r.context, g.context_value
                  from group_grant g join role r on r.name = g.role
                 where :holder = '' or g.group_name = :holder""", "");
    }

    /** The roles of all team tokens, or of one when {@code token} is not empty. */
    Map<String, List<RoleGrant>> tokenGrants(String token) {
        return held("""
                select g.token as holder, g.role, r.context, g.context_value
                  from token_grant g join role r on r.name = g.role
                 where :holder = '' or g.token = :holder""", token);
    }

    private Map<String, List<RoleGrant>> held(String query, String holder) {
        Map<String, List<RoleGrant>> found = new LinkedHashMap<>();
        database.sql(query + " order by 1, 2, 4").param("holder", holder).query(row -> {
            found.computeIfAbsent(row.getString("holder"), absent -> new ArrayList<>())
                    .add(new RoleGrant(
                            row.getString("role"), row.getString("context"), row.getString("context_value")));
        });
        return found;
    }

    List<String> groups(String email) {
        return database.sql("select group_name from account_group where email = :email order by 1")
                .param("email", email)
                .query(String.class)
                .list();
    }

    /** All permissions that a user's roles and groups give, with where. */
    List<Grant> permissions(String email) {
        return permissionsOf("""
                select role, context_value from role_grant where email = :holder
                union
                select g.role, g.context_value
                  from group_grant g join account_group m on m.group_name = g.group_name
                 where m.email = :holder""", email);
    }

    /** Lets only one transaction at a time take from anybody what makes an administrator; until it ends. */
    void lockAdministrators() {
        database.sql("select pg_advisory_xact_lock(hashtext('administrators'))").query(row -> {});
    }

    /** Whether there is a user who may do all, everywhere, by a role of its own or of a group. */
    boolean anyAdministrator() {
        return database.sql("""
                        select exists (
                            select from (select email, role from role_grant
                                         union all
                                         select m.email, g.role
                                           from group_grant g join account_group m on m.group_name = g.group_name) held
                              join account a on a.email = held.email
                              join role r on r.name = held.role
                              join role_permission p on p.role = r.name
                             where r.context = :global and p.permission = '*')""")
                .param("global", ContextType.GLOBAL.wireName())
                .query(Boolean.class)
                .single();
    }

    /** All permissions that a team token's roles give, with where. */
    List<Grant> tokenPermissions(String token) {
        return permissionsOf("select role, context_value from token_grant where token = :holder", token);
    }

    private List<Grant> permissionsOf(String held, String holder) {
        return database.sql("select distinct p.permission, r.context, g.context_value from (" + held + """
                        ) g join role r on r.name = g.role
                            join role_permission p on p.role = r.name
                         order by 1, 2, 3""")
                .param("holder", holder)
                .query((row, number) -> {
                    ContextType type = ContextType.of(row.getString("context"));
                    return new Grant(
                            row.getString("permission"),
                            new Context(type == null ? ContextType.GLOBAL : type, row.getString("context_value")));
                })
                .list();
    }
}
