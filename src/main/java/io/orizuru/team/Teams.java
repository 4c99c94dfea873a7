package io.orizuru.team;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Grant;
import io.orizuru.access.PermissionTree;
import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.RoleEvent;
import io.orizuru.role.Roles;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What teams there are. */
@ApplicationScoped
public class Teams {
    private final TeamStore store;
    private final Events events;
    private final PermissionTree tree;
    private final Roles roles;
    private final List<TeamUse> uses;
    private final int appsPerTeam;

    Teams(
            TeamStore store,
            Events events,
            PermissionTree tree,
            Roles roles,
            @All List<TeamUse> uses,
            Settings settings) {
        this.store = store;
        this.events = events;
        this.tree = tree;
        this.roles = roles;
        this.uses = uses;
        this.appsPerTeam = settings.quotas().appsPerTeam();
    }

    /** A team in a list, with the topmost permissions that the caller has on it. */
    record Listed(String name, List<String> permissions, List<String> tags) {}

    void create(Call call, String name, List<String> tags) {
        Team team = new Team(Team.checkedName(name.strip()), clean(tags));
        Data data = Data.of("name", team.name()).with("tags", team.tags());
        events.perform(call, subject(team.name()), data, () -> {
            if (!store.insert(team, call.caller().name(), appsPerTeam)) {
                throw Failure.conflict("team already exists");
            }
            if (call.caller().type() == Caller.Type.USER) {
                roles.giveDefaults(RoleEvent.TEAM_CREATE, call.caller().name(), team.name());
            }
        });
    }

    /**
     * Replaces a team's tags and, unless {@code newName} is empty, renames it: whatever refers to it refers to its new
     * name from then on, all in one transaction.
     */
    void update(Call call, Team team, String newName, List<String> tags) {
        Team changed = new Team(newName.isEmpty() ? team.name() : Team.checkedName(newName), clean(tags));
        Data data = Data.of("name", team.name()).with("newname", newName).with("tags", changed.tags());
        events.perform(call, subject(team.name()), data, () -> {
            if (store.find(team.name()).isEmpty()) {
                throw notThere();
            }
            if (!store.update(team.name(), changed)) {
                throw Failure.conflict("team already exists");
            }
            if (!changed.name().equals(team.name())) {
                Context place = Context.team(team.name());
                roles.rename(place, changed.name());
                events.rename(place, changed.name());
                uses.forEach(use -> use.renamed(team.name(), changed.name()));
            }
        });
    }

    private static List<String> clean(List<String> tags) {
        return tags.stream()
                .map(String::strip)
                .filter(tag -> !tag.isEmpty())
                .distinct()
                .toList();
    }

    /** The teams on which the caller may do anything. */
    List<Listed> list(Call call) {
        List<Listed> listed = new ArrayList<>();
        for (Team team : store.list(places(call.caller()))) {
            List<String> permissions = topmostPermissions(call, team);
            if (!permissions.isEmpty()) {
                listed.add(new Listed(team.name(), permissions, team.tags()));
            }
        }
        return listed;
    }

    private static Set<Context> places(Caller caller) {
        return caller.grants().stream().map(Grant::context).collect(Collectors.toSet());
    }

    private List<String> topmostPermissions(Call call, Team team) {
        Set<String> found = new LinkedHashSet<>();
        for (Grant grant : call.caller().grants()) {
            boolean here =
                    grant.context().equals(Context.GLOBAL) || team.contexts().contains(grant.context());
            if (here) {
                reachable(grant.permission()).forEach(found::add);
            }
        }
        return found.stream()
                .filter(name -> found.stream().noneMatch(other -> name.startsWith(other + ".")))
                .toList();
    }

    /** The topmost nodes at or below a permission that can be granted on a team. */
    private List<String> reachable(String permission) {
        return tree.all().entrySet().stream()
                .filter(node -> !node.getKey().equals("*"))
                .filter(node -> new Grant(permission, Context.GLOBAL).covers(node.getKey()))
                .filter(node -> node.getValue().contains(ContextType.TEAM))
                .map(Map.Entry::getKey)
                .toList();
    }

    public Optional<Team> find(String name) {
        return store.find(name);
    }

    /**
     * The team of that name.
     *
     * @throws Failure when there is none
     */
    public Team require(String name) {
        return store.find(name).orElseThrow(Teams::notThere);
    }

    private static Failure notThere() {
        return Failure.notFound("team not found");
    }

    /** All teams by name, for rules that look at all of them. */
    public List<String> names() {
        return store.list().stream().map(Team::name).toList();
    }

    /** Removes a team that nothing refers to. Without the permission it is as if there were none. */
    void remove(Call call, String name) {
        Failure notFound = Failure.notFound("Team \"" + name + "\" not found.");
        Team team = store.find(name).orElseThrow(() -> notFound);
        if (!call.caller().may("team.delete", team)) {
            throw notFound;
        }
        events.perform(call, subject(name), Data.of("name", name), () -> {
            refuseWhileUsed(name);
            uses.forEach(use -> use.removed(name));
            roles.forget(Context.team(name));
            if (!store.delete(name)) {
                throw notFound;
            }
        });
    }

    private void refuseWhileUsed(String name) {
        StringBuilder references = new StringBuilder();
        for (TeamUse use : uses) {
            List<String> names = use.of(name);
            if (!names.isEmpty()) {
                references.append(references.isEmpty() ? "" : "\n");
                references.append(use.what()).append(": ").append(String.join(", ", names));
            }
        }
        if (!references.isEmpty()) {
            throw Failure.forbidden(
                    "This team cannot be removed because there are still references to it:\n" + references);
        }
    }

    private static Subject subject(String name) {
        return Subject.of("team", name, Context.team(name));
    }
}
