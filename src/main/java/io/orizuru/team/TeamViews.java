package io.orizuru.team;

import io.orizuru.access.ContextType;
import io.orizuru.http.Call;
import io.orizuru.role.RoleGrant;
import io.orizuru.role.Roles;
import io.orizuru.user.Directory;
import io.orizuru.user.UserInfo;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/** Teams as the API shows them. */
@ApplicationScoped
class TeamViews {
    private final Roles roles;
    private final Directory directory;
    private final List<TeamPart> parts;

    TeamViews(Roles roles, Directory directory, @All List<TeamPart> parts) {
        this.roles = roles;
        this.directory = directory;
        this.parts = parts;
    }

    /**
     * One team.
     *
     * @param users its people, or those who may everywhere when it has none of its own; as far as the caller may see them
     */
    record Info(String name, List<String> tags, List<UserInfo> users, Collection<?> apps, Collection<?> pools) {}

    /** A user's roles on a team. */
    record UserRoles(String email, List<String> roles) {}

    /** A group's roles on a team. */
    record GroupRoles(String group, List<String> roles) {}

    Info info(Call call, Team team) {
        return new Info(
                team.name(),
                team.tags(),
                directory.on(call, team.contexts().getFirst()),
                part("apps", call, team),
                part("pools", call, team));
    }

    private Collection<?> part(String name, Call call, Team team) {
        return parts.stream()
                .filter(part -> part.name().equals(name))
                .<Collection<?>>map(part -> part.of(call, team))
                .findFirst()
                .orElse(List.of());
    }

    List<UserRoles> users(Team team) {
        return holders(team, roles.rolesOfAll(), UserRoles::new);
    }

    List<GroupRoles> groups(Team team) {
        return holders(team, roles.rolesOfGroups(), GroupRoles::new);
    }

    private static <T> List<T> holders(
            Team team, Map<String, List<RoleGrant>> held, BiFunction<String, List<String>, T> view) {
        return held.entrySet().stream()
                .filter(holder -> holder.getValue().stream().anyMatch(grant -> isOn(team, grant)))
                .map(holder -> view.apply(
                        holder.getKey(),
                        holder.getValue().stream()
                                .filter(grant -> isOn(team, grant))
                                .map(RoleGrant::role)
                                .toList()))
                .toList();
    }

    private static boolean isOn(Team team, RoleGrant grant) {
        return grant.contextType().equals(ContextType.TEAM.wireName())
                && grant.contextValue().equals(team.name());
    }
}
