package io.orizuru.role;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Giving roles and taking them away. Nobody gives or takes what they do not have themselves: all that the role lets its
 * holders do, in the context that it is held for.
 */
@ApplicationScoped
public class Assignments {
    private final RoleStore store;
    private final Administrators administrators;
    private final Events events;
    private final List<ContextCheck> checks;

    Assignments(RoleStore store, Administrators administrators, Events events, @All List<ContextCheck> checks) {
        this.store = store;
        this.administrators = administrators;
        this.events = events;
        this.checks = checks;
    }

    void assignToUser(Call call, String role, String email, String value) {
        change(call, role, "email", email, value, (found, place) -> {
            requireUser(email);
            requireThere(found, place);
            store.grant(email, found.name(), place);
        });
    }

    void dissociateFromUser(Call call, String role, String email, String value) {
        change(call, role, "email", email, value, (found, place) -> {
            requireUser(email);
            administrators.keeping(() -> store.revoke(email, found.name(), place));
        });
    }

    void assignToGroup(Call call, String role, String group, String value) {
        change(call, role, "group_name", group, value, (found, place) -> {
            if (group.isBlank()) {
                throw Failure.invalid("group name cannot be empty");
            }
            requireThere(found, place);
            store.grantToGroup(group, found.name(), place);
        });
    }

    void dissociateFromGroup(Call call, String role, String group, String value) {
        change(
                call,
                role,
                "group_name",
                group,
                value,
                (found, place) -> administrators.keeping(() -> store.revokeFromGroup(group, found.name(), place)));
    }

    /**
     * Gives a role to a team token.
     *
     * @param requireToken throws unless the token is there; runs in the transaction
     */
    public void assignToToken(Call call, String role, String token, String value, Runnable requireToken) {
        change(call, role, "token_id", token, value, (found, place) -> {
            requireToken.run();
            requireThere(found, place);
            store.grantToToken(token, found.name(), place);
        });
    }

    /** Takes a role away from a team token; as {@link #assignToToken}. */
    public void dissociateFromToken(Call call, String role, String token, String value, Runnable requireToken) {
        change(call, role, "token_id", token, value, (found, place) -> {
            requireToken.run();
            store.revokeFromToken(token, found.name(), place);
        });
    }

    private void change(
            Call call, String name, String holderKind, String holder, String value, BiConsumer<Role, String> work) {
        Data data = Data.of("name", name).with(holderKind, holder).with("context", value);
        events.perform(call, Roles.subject(name), data, () -> {
            Role role = store.lock(name).orElseThrow(Roles::notThere);
            String place = role.contextType() == ContextType.GLOBAL ? "" : value;
            requireHeld(call, role, place);
            work.accept(role, place);
        });
    }

    private static void requireHeld(Call call, Role role, String value) {
        if (!call.caller().holdsAll(role.grants(value))) {
            throw Call.refused();
        }
    }

    private void requireThere(Role role, String value) {
        if (role.contextType() == ContextType.GLOBAL) {
            return;
        }
        if (value.isEmpty()) {
            throw Failure.invalid("Global context value is not valid for role with context type " + role.context());
        }
        String missing = missing(role.contextType(), value);
        if (missing != null) {
            throw Failure.invalid(missing);
        }
    }

    private void requireUser(String email) {
        String missing = missing(ContextType.USER, email);
        if (missing != null) {
            throw Failure.notFound(missing);
        }
    }

    private @Nullable String missing(ContextType type, String value) {
        for (ContextCheck check : checks) {
            if (check.type() == type) {
                return check.missing(value);
            }
        }
        // Nothing of that type is kept here.
        return type.wireName() + " not found";
    }
}
