package io.orizuru.service;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.Roles;
import io.orizuru.secret.Secret;
import io.orizuru.team.Teams;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What services there are, who offers them, and who was let in. */
@ApplicationScoped
class Services {
    static final String NOT_FOUND = "Service not found";

    private static final int LONGEST_DOC = 1 << 20;

    private final ServiceStore store;
    private final InstanceStore instances;
    private final ServiceApi api;
    private final Events events;
    private final Teams teams;
    private final Roles roles;

    Services(ServiceStore store, InstanceStore instances, ServiceApi api, Events events, Teams teams, Roles roles) {
        this.store = store;
        this.instances = instances;
        this.api = api;
        this.events = events;
        this.teams = teams;
        this.roles = roles;
    }

    /** What people say of a service; empty texts where they say nothing. */
    record Wanted(
            String id,
            String username,
            Secret password,
            String endpoint,
            String team,
            boolean restricted,
            boolean multiCluster) {
        private void check() {
            Service.checkedName(id);
            if (password.value().isEmpty()) {
                throw Failure.invalid("Service password is required");
            }
            if (endpoint.isEmpty()) {
                throw Failure.invalid("At least one endpoint is required");
            }
            if (username.contains(":")) {
                throw Failure.invalid("the username \"" + username + "\" holds a colon, which no name for basic"
                        + " authentication can");
            }
        }

        private Service service(String owner, List<String> teams, String doc) {
            // The name by which the service knows us, unless it says another one.
            String name = username.isEmpty() ? id : username;
            return new Service(id, name, checkedEndpoint(endpoint), owner, teams, restricted, multiCluster, doc);
        }

        private Data data(String owner) {
            return Data.of("id", id)
                    .with("username", username)
                    .with("endpoint", endpoint)
                    .with("team", owner)
                    .with("restricted", restricted)
                    .with("multi-cluster", multiCluster);
        }
    }

    /** The service of that name. */
    Service find(String name) {
        return store.find(name).orElseThrow(() -> Failure.notFound(NOT_FOUND));
    }

    void create(Call call, Wanted wanted) {
        if (!call.caller().maySomewhere("service.create")) {
            throw Call.refused();
        }
        wanted.check();
        String owner = wanted.team().isEmpty() ? onlyTeam(call, "service.create") : wanted.team();
        requireTeam(owner);
        call.require("service.create", List.of(Context.team(owner)));
        Service service = wanted.service(owner, List.of(), "");
        events.perform(call, service.subject(), wanted.data(owner), () -> {
            if (!store.insert(service, wanted.password())) {
                throw Failure.conflict("Service already exists.");
            }
        });
    }

    private String onlyTeam(Call call, String permission) {
        Set<Context> places = call.caller().contextsOf(permission);
        List<String> candidates = places.contains(Context.GLOBAL)
                ? teams.names()
                : places.stream()
                        .filter(place -> place.type() == ContextType.TEAM)
                        .map(Context::value)
                        .toList();
        if (candidates.size() != 1) {
            throw Failure.invalid("You must provide a team responsible for this service in the manifest file.");
        }
        return candidates.getFirst();
    }

    private void requireTeam(String team) {
        if (teams.find(team).isEmpty()) {
            throw Failure.invalid("Team owner doesn't exist");
        }
    }

    /** An address without what does not belong into one: the path of each call comes behind it. */
    private static String checkedEndpoint(String given) {
        String address = given.matches("(?i)https?://.*") ? given : "http://" + given;
        URI uri;
        try {
            uri = new URI(address);
        } catch (URISyntaxException e) {
            throw badEndpoint();
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (uri.getHost() == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null
                || !(scheme.equals("http") || scheme.equals("https"))) {
            throw badEndpoint();
        }
        int end = address.length();
        while (address.charAt(end - 1) == '/') {
            end--;
        }
        return address.substring(0, end);
    }

    /** What was given is not repeated: it may hold a password. */
    private static Failure badEndpoint() {
        return Failure.invalid(
                "invalid endpoint: expected http:// or https://, a host, and a port and path where needed,"
                        + " without a user or query; the name and password of the service have fields of their own");
    }

    /** Changes a service. Who owns it stays the same where no team is named. */
    void update(Call call, Service service, Wanted wanted) {
        wanted.check();
        String owner = wanted.team().isEmpty() ? service.teamOwner() : wanted.team();
        requireTeam(owner);
        events.perform(call, service.subject(), wanted.data(owner), () -> {
            Service now = find(service.name());
            if (now.multiCluster() != wanted.multiCluster() && instances.anyOf(service.name())) {
                throw Failure.invalid("the service has instances: whether they belong to pools cannot change");
            }
            store.update(wanted.service(owner, now.teams(), now.doc()), wanted.password());
        });
    }

    void remove(Call call, Service service) {
        events.perform(call, service.subject(), Data.none(), () -> {
            if (!store.seize(service.name())) {
                throw Failure.notFound(NOT_FOUND);
            }
            if (instances.anyOf(service.name())) {
                throw Failure.forbidden("This service cannot be removed because it has instances.\n"
                        + "Please remove these instances before removing the service.");
            }
            store.delete(service.name());
            roles.forget(service.context());
        });
    }

    /** The plans that a service offers. */
    List<ServiceApi.OfferedPlan> plans(Call call, Service service, String pool) {
        requireUse(call, service, "service.read.plans");
        return api.plans(service, pool);
    }

    String doc(Call call, Service service) {
        requireUse(call, service, "service.read.doc");
        return service.doc();
    }

    /** What is for everybody needs no permission. */
    static void requireUse(Call call, Service service, String permission) {
        if (service.restricted()) {
            call.require(permission, service.usersContexts());
        }
    }

    void document(Call call, Service service, String doc) {
        if (doc.length() > LONGEST_DOC) {
            throw Failure.invalid("the documentation has " + doc.length() + " characters, more than " + LONGEST_DOC);
        }
        events.perform(
                call,
                service.subject(),
                Data.of("characters", doc.length()),
                () -> store.document(service.name(), doc));
    }

    void grant(Call call, Service service, String team) {
        requireGivenTeam(team);
        events.perform(call, service.subject(), Data.of("team", team), () -> {
            if (!store.insertTeam(service.name(), team)) {
                throw Failure.conflict("This team already has access to this service");
            }
        });
    }

    void revoke(Call call, Service service, String team) {
        requireGivenTeam(team);
        events.perform(call, service.subject(), Data.of("team", team), () -> {
            if (find(service.name()).teams().size() < 2) {
                throw Failure.forbidden(
                        "You can not revoke the access from this team, because it is the unique team with"
                                + " access to this service, and a service can not be orphaned");
            }
            if (!store.deleteTeam(service.name(), team)) {
                throw Failure.conflict("This team does not has access to this service");
            }
        });
    }

    private void requireGivenTeam(String team) {
        if (teams.find(team).isEmpty()) {
            throw Failure.invalid("Team not found");
        }
    }

    Optional<Manifest> manifest(Service service) {
        return store.manifest(service.name());
    }

    void describe(Call call, Service service, Manifest manifest) {
        Data data = Data.of("enabled", manifest.enabled())
                .with("operations", manifest.operations().size());
        events.perform(call, service.subject(), data, () -> store.putManifest(service.name(), manifest));
    }
}
