package io.orizuru.user;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.access.Grant;
import io.orizuru.role.RoleGrant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A user as the API shows it. */
public record UserInfo(
        @JsonProperty("Email") String email,
        @JsonProperty("Roles") List<RoleGrant> roles,
        @JsonProperty("Permissions") @Nullable List<HeldPermission> permissions,
        @JsonProperty("Groups") @Nullable List<String> groups) {

    /** A permission that a role gives; the one of everything has an empty name. */
    record HeldPermission(
            @JsonProperty("Name") String name,
            @JsonProperty("ContextType") String contextType,
            @JsonProperty("ContextValue") String contextValue) {
        static HeldPermission of(Grant grant) {
            return new HeldPermission(
                    grant.permission().equals("*") ? "" : grant.permission(),
                    grant.context().type().wireName(),
                    grant.context().value());
        }
    }

    static UserInfo of(String email, List<RoleGrant> roles, List<String> groups, List<Grant> permissions) {
        List<HeldPermission> held = permissions.stream().map(HeldPermission::of).toList();
        return new UserInfo(email, roles, held.isEmpty() ? null : held, groups.isEmpty() ? null : groups);
    }
}
