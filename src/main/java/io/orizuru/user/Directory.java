package io.orizuru.user;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.Grant;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.RoleGrant;
import io.orizuru.role.Roles;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who may see whom. A caller sees those roles of others that give nothing which the caller does not hold itself, and the
 * people who have such a role; who may change users sees everybody.
 */
@ApplicationScoped
public class Directory {
    private final Users users;
    private final Roles roles;

    Directory(Users users, Roles roles) {
        this.users = users;
        this.roles = roles;
    }

    /**
     * Which users are asked for; what is empty does not matter.
     *
     * @param context the value of the context in which they have the role
     */
    record Search(String email, String role, String context) {
        boolean fits(String candidate, List<RoleGrant> held) {
            return (email.isEmpty() || email.equals(candidate))
                    && (role.isEmpty() || held.stream().anyMatch(this::fits));
        }

        private boolean fits(RoleGrant grant) {
            return grant.role().equals(role) && (context.isEmpty() || context.equals(grant.contextValue()));
        }
    }

    /** The users that fit and may be seen, by address; the caller itself when there is none. */
    List<UserInfo> list(Call call, Search search) {
        Caller caller = call.caller();
        Map<String, List<String>> permissions = roles.permissionsByRole();
        Map<String, List<RoleGrant>> held = roles.rolesOfAll();
        boolean everybody = caller.mayGlobally("user.update");
        List<UserInfo> found = new ArrayList<>();
        for (String email : users.emails()) {
            List<RoleGrant> seen = held.getOrDefault(email, List.of()).stream()
                    .filter(grant -> everybody || holdsAll(caller, grants(grant, permissions)))
                    .toList();
            if ((everybody || !seen.isEmpty()) && search.fits(email, seen)) {
                found.add(info(email, seen, permissions));
            }
        }
        if (!found.isEmpty()) {
            return found;
        }
        if (!search.context().isEmpty()) {
            throw Failure.notFound("Wrong context being passed.");
        }
        return List.of(info(caller.name(), held.getOrDefault(caller.name(), List.of()), permissions));
    }

    /**
     * The users who hold a role in a context, as far as the caller may see that; those who hold a global one when nobody
     * does.
     */
    public List<UserInfo> on(Call call, Context place) {
        List<UserInfo> there = holders(call.caller(), place);
        return there.isEmpty() ? holders(call.caller(), Context.GLOBAL) : there;
    }

    private List<UserInfo> holders(Caller caller, Context place) {
        Map<String, List<String>> permissions = roles.permissionsByRole();
        boolean everybody = caller.mayGlobally("user.update");
        List<UserInfo> found = new ArrayList<>();
        roles.rolesOfAll().forEach((email, held) -> {
            List<RoleGrant> seen = held.stream()
                    .filter(grant -> everybody || holdsAll(caller, grants(grant, permissions)))
                    .toList();
            if (seen.stream().anyMatch(grant -> grant.context().equals(place))) {
                found.add(info(email, seen, permissions));
            }
        });
        return found;
    }

    /** A role that gives nothing tells nothing of its holder, so it is not shown. */
    private static boolean holdsAll(Caller caller, List<Grant> given) {
        return !given.isEmpty() && caller.holdsAll(given);
    }

    private static UserInfo info(String email, List<RoleGrant> held, Map<String, List<String>> permissions) {
        List<Grant> given = held.stream()
                .flatMap(grant -> grants(grant, permissions).stream())
                .distinct()
                .toList();
        return UserInfo.of(email, held, List.of(), given);
    }

    private static List<Grant> grants(RoleGrant held, Map<String, List<String>> permissions) {
        return permissions.getOrDefault(held.role(), List.of()).stream()
                .map(permission -> new Grant(permission, held.context()))
                .toList();
    }
}
