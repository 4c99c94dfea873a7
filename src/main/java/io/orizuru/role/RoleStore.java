package io.orizuru.role;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Grant;
import io.orizuru.db.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

@ApplicationScoped
class RoleStore {
    private final Database database;

    RoleStore(Database database) {
        this.database = database;
    }

    List<Role> list() {
        return database.sql("""
                        select r.name, r.context, r.description,
                               array(select permission from role_permission p where p.role = r.name order by 1) as permissions
                          from role r order by r.name""")
                .query((row, number) -> new Role(
                        row.getString("name"), row.getString("context"), row.getString("description"), List.of((String
                                        [])
                                row.getArray("permissions").getArray())))
                .list();
    }

    /** Adds a role unless there is one of that name. */
    void insertIfAbsent(Role role) {
        int added = database.sql("""
                        insert into role (name, context, description) values (:name, :context, :description)
                        on conflict do nothing""")
                .param("name", role.name())
                .param("context", role.context())
                .param("description", role.description())
                .update();
        if (added == 1) {
            for (String permission : role.permissions()) {
                database.sql("insert into role_permission (role, permission) values (:role, :permission)")
                        .param("role", role.name())
                        .param("permission", permission)
                        .update();
            }
        }
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

    /** The roles of all users, or of one when {@code email} is not empty. */
    Map<String, List<RoleGrant>> grants(String email) {
        Map<String, List<RoleGrant>> found = new LinkedHashMap<>();
        database.sql("""
                        select g.email, g.role, r.context, g.context_value
                          from role_grant g join role r on r.name = g.role
                         where :email = '' or g.email = :email
                         order by g.email, g.role, g.context_value""").param("email", email).query(row -> {
            found.computeIfAbsent(row.getString("email"), absent -> new ArrayList<>())
                    .add(new RoleGrant(
                            row.getString("role"), row.getString("context"), row.getString("context_value")));
        });
        return found;
    }

    /** All permissions that a user's roles give, with where. */
    List<Grant> permissions(String email) {
        return database.sql("""
                        select distinct p.permission, r.context, g.context_value
                          from role_grant g
                          join role r on r.name = g.role
                          join role_permission p on p.role = r.name
                         where g.email = :email
                         order by 1, 2, 3""")
                .param("email", email)
                .query((row, number) -> {
                    ContextType type = ContextType.of(row.getString("context"));
                    return new Grant(
                            row.getString("permission"),
                            new Context(type == null ? ContextType.GLOBAL : type, row.getString("context_value")));
                })
                .list();
    }
}
