package io.orizuru.role;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Grant;
import io.orizuru.access.PermissionTree;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What roles there are, who holds them, and what they let their holders do. */
@ApplicationScoped
public class Roles {
    /** Anything that a path can name. */
    private static final Pattern NAME = Pattern.compile("[^/\\p{Cntrl}]{1,100}");

    private final RoleStore store;
    private final Administrators administrators;
    private final Events events;
    private final PermissionTree tree;

    Roles(RoleStore store, Administrators administrators, Events events, PermissionTree tree) {
        this.store = store;
        this.administrators = administrators;
        this.events = events;
        this.tree = tree;
    }

    /** What is to be different about a role; what is empty stays. */
    record RoleChange(String newName, String contextType, String description) {
        boolean isNothing() {
            return newName.isEmpty() && contextType.isEmpty() && description.isEmpty();
        }

        Role to(Role role) {
            return new Role(
                    newName.isEmpty() ? role.name() : checkedName(newName),
                    contextType.isEmpty() ? role.context() : checkedContext(contextType),
                    description.isEmpty() ? role.description() : description,
                    role.permissions(),
                    role.events());
        }
    }

    List<Role> list() {
        return store.list();
    }

    Role find(String name) {
        return store.find(name).orElseThrow(Roles::notThere);
    }

    static Failure notThere() {
        return Failure.notFound("role not found");
    }

    void create(Call call, String name, String context, String description) {
        Data data = Data.of("name", name).with("context", context).with("description", description);
        events.perform(call, subject(name), data, () -> {
            Role role = new Role(checkedName(name), checkedContext(context), description, List.of(), List.of());
            if (!store.insert(role)) {
                throw Failure.conflict("role already exists");
            }
        });
    }

    private static String checkedName(String name) {
        String bare = name.strip();
        if (!NAME.matcher(bare).matches()) {
            throw Failure.invalid("invalid role name");
        }
        return bare;
    }

    private static String checkedContext(String wireName) {
        if (ContextType.of(wireName) == null) {
            throw Failure.invalid("invalid context type \"" + wireName + "\"");
        }
        return wireName;
    }

    /** Changes a role; all who hold it hold it under its new name. */
    void update(Call call, String name, RoleChange change) {
        if (change.isNothing()) {
            throw Failure.invalid(
                    "Neither the description, context or new name were set. You must define at least one.");
        }
        requireFor(call, "role.update.name", change.newName());
        requireFor(call, "role.update.context.type", change.contextType());
        requireFor(call, "role.update.description", change.description());
        Data data = Data.of("name", name)
                .with("newName", change.newName())
                .with("contextType", change.contextType())
                .with("description", change.description());
        events.perform(call, subject(name), data, () -> {
            Role role = store.lock(name).orElseThrow(() -> Failure.invalid("role not found"));
            Role changed = change.to(role);
            if (!changed.context().equals(role.context())) {
                refuseWhileContextMatters(role);
            }
            administrators.keeping(() -> {
                if (!store.update(name, changed)) {
                    throw Failure.invalid("role already exists");
                }
            });
        });
    }

    private static void requireFor(Call call, String permission, String wanted) {
        if (!wanted.isEmpty()) {
            call.require(permission, List.of());
        }
    }

    /** Who holds it for the team {@code blog} would else hold it for whatever else is called so. */
    private void refuseWhileContextMatters(Role role) {
        if (!store.valuesHeld(role.name()).isEmpty()) {
            throw Failure.invalid("the role \"" + role.name() + "\" is held for values of the context type \""
                    + role.context() + "\"; dissociate it from all before changing the type");
        }
        if (!role.events().isEmpty()) {
            throw Failure.invalid("the role \"" + role.name() + "\" is a default role of "
                    + String.join(", ", role.events()) + ", which needs the context type \"" + role.context() + "\"");
        }
    }

    /** Removes a role that no user and no token holds; groups lose it. */
    void remove(Call call, String name) {
        events.perform(call, subject(name), Data.of("name", name), () -> {
            Role role = store.lock(name).orElseThrow(Roles::notThere);
            if (store.isHeldByAnyone(role.name())) {
                throw Failure.precondition("role has users assigned. you must dissociate them before remove the role.");
            }
            administrators.keeping(() -> store.delete(name));
        });
    }

    /** Lets a role give more. Nobody gives what they do not have: not to those either who hold the role already. */
    void addPermissions(Call call, String name, List<String> wanted) {
        Data data = Data.of("name", name).with("permission", wanted);
        events.perform(call, subject(name), data, () -> {
            Role role = store.lock(name).orElseThrow(Roles::notThere);
            if (wanted.isEmpty()) {
                throw Failure.invalid("no permission is named");
            }
            wanted.forEach(permission -> requireAllowed(role, permission));
            List<Context> places = placesHeld(role);
            for (String permission : wanted) {
                places.forEach(place -> call.require(permission, List.of(place)));
                store.addPermission(name, permission);
            }
        });
    }

    private void requireAllowed(Role role, String permission) {
        List<ContextType> types = tree.contextTypes(permission);
        if (types == null) {
            throw Failure.invalid("permission named \"" + permission + "\" not found");
        }
        if (!types.contains(role.contextType())) {
            throw Failure.conflict(
                    "permission \"" + permission + "\" not allowed with context of type \"" + role.context() + "\"");
        }
    }

    /** Where its holders have what it gives; everywhere if anybody may come to hold it by itself. */
    private List<Context> placesHeld(Role role) {
        if (!role.events().isEmpty()) {
            return List.of(Context.GLOBAL);
        }
        return store.valuesHeld(role.name()).stream().map(role::contextOf).toList();
    }

    void removePermission(Call call, String name, String permission) {
        Data data = Data.of("name", name).with("permission", permission);
        events.perform(call, subject(name), data, () -> {
            Role role = store.lock(name).orElseThrow(Roles::notThere);
            administrators.keeping(() -> store.removePermission(role.name(), permission));
        });
    }

    List<Role> defaults() {
        return store.list().stream().filter(role -> !role.events().isEmpty()).toList();
    }

    /** Lets roles be given by themselves; who decides that must have what they give, everywhere. */
    void addDefaults(Call call, Map<RoleEvent, List<String>> wanted) {
        changeDefaults(call, wanted, (event, role) -> {
            if (role.contextType() != event.contextType()) {
                throw Failure.invalid("wrong context type for role event, expected \""
                        + event.contextType().wireName() + "\" role has \"" + role.context() + "\"");
            }
            role.permissions().forEach(permission -> call.require(permission, List.of()));
            store.addDefault(event, role.name());
        });
    }

    void removeDefaults(Call call, Map<RoleEvent, List<String>> unwanted) {
        changeDefaults(call, unwanted, (event, role) -> store.removeDefault(event, role.name()));
    }

    private void changeDefaults(Call call, Map<RoleEvent, List<String>> roles, BiConsumer<RoleEvent, Role> change) {
        Data data = Data.none();
        roles.forEach((event, names) -> data.with(event.wireName(), names));
        String all = roles.values().stream()
                .flatMap(List::stream)
                .distinct()
                .sorted()
                .collect(Collectors.joining(","));
        events.perform(
                call,
                subject(all),
                data,
                () -> roles.forEach((event, names) -> names.forEach(name ->
                        change.accept(event, store.lock(name).orElseThrow(() -> Failure.invalid("role not found"))))));
    }

    /** Gives a user what something that it did gives by itself. Part of the thread's transaction. */
    public void giveDefaults(RoleEvent event, String email, String contextValue) {
        store.grantDefaults(event, email, contextValue);
    }

    /** Takes away what anybody may on something that is no more: the next one of its name is another. */
    public void forget(Context context) {
        store.forget(context);
    }

    /** Moves what anybody may on something to its new name. Part of the thread's transaction. */
    public void rename(Context context, String newValue) {
        store.rename(context, newValue);
    }

    /** All permissions that a user's roles give, and those of its groups. */
    public List<Grant> permissionsOf(String email) {
        return store.permissions(email);
    }

    /** The user's own roles, without those of its groups. */
    public List<RoleGrant> rolesOf(String email) {
        return store.grants(email).getOrDefault(email, List.of());
    }

    /** The groups that the user is in. */
    public List<String> groupsOf(String email) {
        return store.groups(email);
    }

    /** The roles of everybody who holds any, by e-mail address. */
    public Map<String, List<RoleGrant>> rolesOfAll() {
        return store.grants("");
    }

    /** The roles of all groups that hold any, by name. */
    public Map<String, List<RoleGrant>> rolesOfGroups() {
        return store.groupGrants();
    }

    /** The roles of all team tokens that hold any, by id. */
    public Map<String, List<RoleGrant>> rolesOfTokens() {
        return store.tokenGrants("");
    }

    public List<RoleGrant> rolesOfToken(String token) {
        return store.tokenGrants(token).getOrDefault(token, List.of());
    }

    /** All permissions that a team token's roles give. */
    public List<Grant> permissionsOfToken(String token) {
        return store.tokenPermissions(token);
    }

    /** What each role lets its holders do, by its name. */
    public Map<String, List<String>> permissionsByRole() {
        return store.list().stream().collect(Collectors.toMap(Role::name, Role::permissions));
    }

    /** Makes the role that may do all, if it is not there, and gives it to somebody. */
    public void makeAdministrator(String email) {
        store.insert(Role.ALLOW_ALL);
        store.grant(email, Role.ALLOW_ALL.name(), "");
    }

    static Subject subject(String name) {
        return Subject.of("role", name);
    }
}
