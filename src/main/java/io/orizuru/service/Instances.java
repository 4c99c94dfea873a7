package io.orizuru.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.pool.Pools;
import io.orizuru.team.Teams;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Instances of services: made, changed and removed by asking their services, under a lock of each. */
@ApplicationScoped
class Instances {
    static final String NOT_FOUND = "service instance not found";

    private final InstanceStore store;
    private final ServiceStore services;
    private final Events events;
    private final Teams teams;
    private final Pools pools;

    Instances(InstanceStore store, ServiceStore services, Events events, Teams teams, Pools pools) {
        this.store = store;
        this.services = services;
        this.events = events;
        this.teams = teams;
        this.pools = pools;
    }

    /** What people say of an instance; empty where they say nothing. */
    record Wanted(String plan, String owner, String description, List<String> tags, Map<String, JsonNode> parameters) {
        private Data data() {
            // Parameters may be passwords: their names only.
            return Data.of("plan", plan)
                    .with("owner", owner)
                    .with("description", description)
                    .with("tags", tags)
                    .with("parameters", List.copyOf(parameters.keySet()));
        }

        private Instance of(Instance before) {
            List<String> teams = new ArrayList<>(before.teams());
            if (!teams.contains(owner)) {
                teams.add(owner);
            }
            return new Instance(
                    before.service(),
                    before.name(),
                    plan,
                    before.pool(),
                    description,
                    tags,
                    owner,
                    teams,
                    parameters,
                    before.state(),
                    before.apps());
        }
    }

    /** The instance of those names. */
    Instance find(String service, String name) {
        return store.find(service, name).orElseThrow(Instances::notThere);
    }

    /** As {@link #find}, for a caller who may. */
    Instance find(Call call, String permission, String service, String name) {
        Instance instance = find(service, name);
        call.require(permission, instance);
        return instance;
    }

    static Failure notThere() {
        return Failure.notFound(NOT_FOUND);
    }

    /** Has a service make an instance; answers the event's id. */
    String create(Call call, Service service, String name, String pool, Wanted wanted) {
        String owner = wanted.owner().isEmpty() ? onlyTeam(call) : wanted.owner();
        call.require("service-instance.create", List.of(Context.team(owner)));
        Services.requireUse(call, service, "service.read");
        Instance.checkedName(name);
        requireTeam(owner);
        checkPool(service, pool);
        Instance instance = new Instance(
                service.name(),
                name,
                wanted.plan(),
                pool,
                wanted.description(),
                wanted.tags(),
                owner,
                List.of(owner),
                wanted.parameters(),
                Instance.State.MAKING,
                List.of());
        Data data = wanted.data().with("name", name).with("pool", pool);
        return events.accept(call, instance.subject(), data, event -> {
            if (!services.hold(service.name())) {
                throw Failure.notFound(Services.NOT_FOUND);
            }
            if (!store.insert(instance)) {
                throw Failure.conflict("instance name already exists.");
            }
            return new Accepted(new Making(service.name(), name), List.of());
        });
    }

    private String onlyTeam(Call call) {
        Set<Context> places = call.caller().contextsOf("service-instance.create");
        if (places.isEmpty()) {
            throw Call.refused();
        }
        // Whoever may everywhere has to say where.
        List<String> candidates = places.contains(Context.GLOBAL)
                ? List.of()
                : places.stream()
                        .filter(place -> place.type() == ContextType.TEAM)
                        .map(Context::value)
                        .toList();
        if (candidates.size() != 1) {
            throw Failure.invalid("You must provide a team to execute this action.");
        }
        return candidates.getFirst();
    }

    private void requireTeam(String team) {
        if (teams.find(team).isEmpty()) {
            throw Failure.invalid("Team owner doesn't exist");
        }
    }

    private void checkPool(Service service, String pool) {
        if (service.multiCluster() && pool.isEmpty()) {
            throw Failure.invalid("multi-cluster service instance requires a pool");
        }
        if (!service.multiCluster() && !pool.isEmpty()) {
            throw Failure.invalid("regular (non-multi-cluster) service instance cannot belong to a pool");
        }
        if (!pool.isEmpty()) {
            pools.find(pool);
        }
    }

    /** Replaces what is said of an instance, at its service first; answers the event's id. */
    String update(Call call, Service service, String name, Wanted wanted) {
        Instance instance = find(service.name(), name);
        requireForEach(call, instance, wanted);
        if (wanted.owner().isEmpty()) {
            throw Failure.invalid("please specify the team that owns the service instance");
        }
        requireTeam(wanted.owner());
        return events.accept(call, instance.subject(), wanted.data(), event -> {
            Instance now = find(service.name(), name);
            requireReady(now);
            return new Accepted(new Changing(now, wanted.of(now)), List.of());
        });
    }

    /** Each field that changes has a permission of its own; to change nothing, any of them will do. */
    private static void requireForEach(Call call, Instance instance, Wanted wanted) {
        Map<String, Boolean> changes = Map.of(
                "service-instance.update.description",
                !wanted.description().equals(instance.description()),
                "service-instance.update.teamowner",
                !wanted.owner().equals(instance.teamOwner()),
                "service-instance.update.plan",
                !wanted.plan().equals(instance.plan()),
                "service-instance.update.tags",
                !wanted.tags().equals(instance.tags()),
                "service-instance.update.parameters",
                !wanted.parameters().equals(instance.parameters()));
        Set<String> needed = changes.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        needed.forEach(permission -> call.require(permission, instance));
        if (needed.isEmpty()
                && changes.keySet().stream()
                        .noneMatch(permission -> call.caller().may(permission, instance))) {
            throw Call.refused();
        }
    }

    static void requireReady(Instance instance) {
        String what = "the instance \"" + instance.name() + "\" ";
        switch (instance.state()) {
            case READY -> {}
            case MAKING -> throw Failure.precondition(what + "is not made yet");
            case REMOVING -> throw Failure.precondition(what + "is being removed");
            case UNSURE ->
                throw Failure.precondition(
                        what + "may not be there: its service did not say so, it can only be removed");
        }
    }

    /**
     * Has a service remove an instance; answers the event's id.
     *
     * @param unbindAll whether apps that are bound to it are unbound first; else it may have none
     * @param ignoreErrors whether it is forgotten even if its service does not remove it
     */
    String remove(Call call, Service service, String name, boolean unbindAll, boolean ignoreErrors) {
        Instance instance = find(call, "service-instance.delete", service.name(), name);
        Data data = Data.of("unbindall", unbindAll).with("ignoreerrors", ignoreErrors);
        return events.accept(call, instance.subject(), data, event -> {
            Instance.State before = find(service.name(), name).state();
            store.setState(service.name(), name, Instance.State.REMOVING);
            // Looked at after that: who was just binding an app has done so by now, and nobody begins to.
            Instance now = find(service.name(), name);
            if (!now.apps().isEmpty() && !unbindAll) {
                throw stillBound(now);
            }
            return new Accepted(new Removing(service.name(), name, before, ignoreErrors), List.of());
        });
    }

    private static Failure stillBound(Instance instance) {
        String apps = instance.apps().stream().map(app -> "\"" + app + "\"").collect(Collectors.joining(", "));
        return Failure.invalid("Applications bound to the service \"" + instance.name() + "\": " + apps
                + "\n: This service instance is bound to at least one app. Unbind them before removing it");
    }

    /** Gives a team access; that it has access already is no matter. */
    void grant(Call call, String service, String name, String team) {
        Instance instance = find(call, "service-instance.update.grant", service, name);
        requireKnown(team);
        events.perform(call, instance.subject(), Data.of("team", team), () -> store.insertTeam(service, name, team));
    }

    /** Takes a team's access away; the owner keeps it. */
    void revoke(Call call, String service, String name, String team) {
        Instance instance = find(call, "service-instance.update.revoke", service, name);
        requireKnown(team);
        events.perform(call, instance.subject(), Data.of("team", team), () -> {
            if (find(service, name).teamOwner().equals(team)) {
                throw Failure.forbidden(
                        "You can not revoke the access from this team, because it owns the service instance");
            }
            store.deleteTeam(service, name, team);
        });
    }

    private void requireKnown(String team) {
        if (teams.find(team).isEmpty()) {
            throw Failure.invalid("team not found");
        }
    }
}
