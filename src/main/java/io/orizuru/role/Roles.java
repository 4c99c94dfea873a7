package io.orizuru.role;

import io.orizuru.access.Grant;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What roles there are, who holds them, and what they let their holders do. */
@ApplicationScoped
public class Roles {
    private final RoleStore store;

    Roles(RoleStore store) {
        this.store = store;
    }

    List<Role> list() {
        return store.list();
    }

    /** All permissions that a user's roles give. */
    public List<Grant> permissionsOf(String email) {
        return store.permissions(email);
    }

    public List<RoleGrant> rolesOf(String email) {
        return store.grants(email).getOrDefault(email, List.of());
    }

    /** The roles of everybody who holds any, by e-mail address. */
    public Map<String, List<RoleGrant>> rolesOfAll() {
        return store.grants("");
    }

    /** What each role lets its holders do, by its name. */
    public Map<String, List<String>> permissionsByRole() {
        return store.list().stream().collect(Collectors.toMap(Role::name, Role::permissions));
    }

    /** Makes the role that may do all, if it is not there, and gives it to somebody. */
    public void makeAdministrator(String email) {
        store.insertIfAbsent(Role.ALLOW_ALL);
        store.grant(email, Role.ALLOW_ALL.name(), "");
    }
}
