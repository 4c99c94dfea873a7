package io.orizuru.app;

import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.config.Settings;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.event.Target;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.http.Parts;
import io.orizuru.log.Logs;
import io.orizuru.plan.Plan;
import io.orizuru.plan.Plans;
import io.orizuru.platform.Platforms;
import io.orizuru.pool.Pool;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Exposure;
import io.orizuru.quota.Quotas;
import io.orizuru.role.Roles;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;
import io.orizuru.team.Teams;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Apps: making, finding and removing them. */
@ApplicationScoped
public class Apps {
    private final AppStore store;
    private final Events events;
    private final Teams teams;
    private final Pools pools;
    private final Plans plans;
    private final ProcessPlans processPlans;
    private final Platforms platforms;
    private final Routers routers;
    private final RouterAddresses addresses;
    private final ReservedNames reserved;
    private final Tokens tokens;
    private final Vault vault;
    private final DefaultRouter defaultRouter;
    private final NameStore names;
    private final Quotas quotas;
    private final Roles roles;
    private final SystemUsers systemUsers;
    private final Logs logs;
    private final int unitsPerApp;

    Apps(
            AppStore store,
            Events events,
            Teams teams,
            Pools pools,
            Plans plans,
            ProcessPlans processPlans,
            Platforms platforms,
            Routers routers,
            RouterAddresses addresses,
            ReservedNames reserved,
            Tokens tokens,
            Vault vault,
            DefaultRouter defaultRouter,
            NameStore names,
            Quotas quotas,
            Roles roles,
            SystemUsers systemUsers,
            Logs logs,
            Settings settings) {
        this.store = store;
        this.events = events;
        this.teams = teams;
        this.pools = pools;
        this.plans = plans;
        this.processPlans = processPlans;
        this.platforms = platforms;
        this.routers = routers;
        this.addresses = addresses;
        this.reserved = reserved;
        this.tokens = tokens;
        this.vault = vault;
        this.defaultRouter = defaultRouter;
        this.names = names;
        this.quotas = quotas;
        this.roles = roles;
        this.systemUsers = systemUsers;
        this.logs = logs;
        this.unitsPerApp = settings.quotas().unitsPerApp();
    }

    /** What a new app is made from; empty texts leave the choice to the platform. */
    record NewApp(
            String name,
            String description,
            String platform,
            String plan,
            String teamOwner,
            String pool,
            String router,
            Map<String, String> routerOptions,
            List<String> tags,
            Metadata metadata,
            List<ProcessSettings> processes) {}

    /**
     * Makes an app.
     *
     * @return its address
     */
    String create(Call call, NewApp wanted) {
        AppName.checked(wanted.name());
        String team = wanted.teamOwner().isEmpty() ? onlyTeam(call) : wanted.teamOwner();
        call.require("app.create", List.of(Context.team(team)));
        Subject subject =
                new Subject(Target.app(wanted.name()), List.of(Context.team(team), Context.app(wanted.name())));
        Data data = Data.of("name", wanted.name())
                .with("platform", wanted.platform())
                .with("plan", wanted.plan())
                .with("pool", wanted.pool())
                .with("teamOwner", team)
                .with("description", wanted.description())
                .with("router", wanted.router())
                .with("tag", wanted.tags());
        return events.perform(call, subject, data, () -> {
            App app = assemble(call, wanted, team);
            quotas.requireRoomForApp(call.caller(), team);
            if (!store.insert(app)) {
                throw Failure.conflict("tsuru failed to create the app \"" + app.name()
                        + "\": there is already an app with this name");
            }
            logs.forget(app.name());
            String token = tokens.create();
            store.insertToken(
                    app.name(), tokens.hash(token), vault.encrypt(token, PlatformVariables.tokenContext(app.name())));
            return app.routers().isEmpty()
                    ? ""
                    : addresses.address(app.routers().getFirst().name(), app.name());
        });
    }

    private String onlyTeam(Call call) {
        Set<Context> places = call.caller().contextsOf("app.create");
        List<String> own = places.stream()
                .filter(place -> place.type() == ContextType.TEAM)
                .map(Context::value)
                .toList();
        List<String> candidates = places.contains(Context.GLOBAL) ? teams.names() : own;
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        if (candidates.isEmpty()) {
            throw Call.refused();
        }
        throw Failure.invalid("You must provide a team to execute this action.");
    }

    private App assemble(Call call, NewApp wanted, String team) {
        if (teams.find(team).isEmpty()) {
            throw Failure.invalid("team not found");
        }
        String platform = platform(wanted.platform());
        Pool pool = pools.choose(wanted.pool(), team);
        Plan plan = plans.require(wanted.plan());
        pools.requirePlan(pool, plan.name());
        List<ProcessSettings> processes = ProcessSettings.merged(List.of(), wanted.processes());
        processPlans.in(pool, processes);
        return new App(
                wanted.name(),
                wanted.description(),
                platform,
                pool.name(),
                plan,
                team,
                List.of(team),
                call.caller().name(),
                wanted.tags(),
                wanted.metadata().kept(),
                processes,
                unitsPerApp,
                systemUsers.next(),
                null,
                null,
                0,
                router(pool, wanted),
                List.of(),
                Exposure.NONE,
                Instant.EPOCH);
    }

    /** Without its version: an app goes with the newest one. */
    static String platformName(String wanted) {
        return wanted.contains(":") ? wanted.substring(0, wanted.indexOf(':')) : wanted;
    }

    /** The platform of that name, with or without a version; null for none. */
    @Nullable
    String platform(String wanted) {
        String name = platformName(wanted);
        if (name.isEmpty()) {
            return null;
        }
        return platforms
                .find(name)
                .filter(platform -> !platform.disabled())
                .orElseThrow(() -> Failure.invalid("Invalid platform"))
                .name();
    }

    private List<App.AppRouter> router(Pool pool, NewApp wanted) {
        if (wanted.router().equals("none")) {
            return List.of();
        }
        String name = wanted.router().isEmpty() ? defaultRouter.name() : wanted.router();
        if (routers.find(name).isEmpty()) {
            throw Failure.invalid("router \"" + name + "\" not found");
        }
        pools.requireRouter(pool, name);
        reserved.requireAddress(wanted.name(), name);
        return List.of(new App.AppRouter(name, wanted.routerOptions(), wanted.name()));
    }

    /** The app of that name. */
    public App find(String name) {
        return store.find(name).orElseThrow(() -> Failure.notFound("App " + name + " not found."));
    }

    /** The apps of those names that there are, at once. */
    List<App> named(Collection<String> names) {
        return store.named(names);
    }

    /** As {@link #named}, in the order of the names. */
    List<App> inOrder(List<String> names) {
        Map<String, App> found = store.named(names).stream().collect(Collectors.toMap(App::name, Function.identity()));
        return names.stream().map(found::get).filter(Objects::nonNull).toList();
    }

    public boolean exists(String name) {
        return store.find(name).isPresent();
    }

    /** Whether the app's next build starts from scratch: nothing of builds before it is used. */
    public boolean buildsFromScratch(String name) {
        return store.isImageReset(name);
    }

    /** Lets the app's next build start from scratch. */
    public void buildFromScratch(String name) {
        store.resetImage(name);
    }

    /** The build of an event, which started from scratch if that was wanted before it, has gone well. */
    public void isBuilt(String name, String event) {
        store.imageIsMade(name, event);
    }

    /** As {@link #list}: so many of their names together as lists may bring at a time. */
    List<List<String>> names(Call call, AppFilter filter) {
        return Parts.of(store.sizes(call.caller().name(), filter, call.caller().contextsOf("app.read")));
    }

    /** The apps that the caller may read and a filter lets through, by name. */
    List<App> list(Call call, AppFilter filter) {
        return store.list(call.caller().name(), filter, call.caller().contextsOf("app.read"));
    }

    /**
     * Removes an app: its units, routes, builds, logs and records.
     *
     * @return the event's id
     */
    String remove(Call call, App app) {
        if (!names.appsThatAnswerFor(app.name()).isEmpty()
                || app.routers().stream().anyMatch(router -> !router.addressOf().equals(app.name()))) {
            throw Failure.precondition("application is swapped with another one, cannot remove it: swap it back first");
        }
        return events.accept(
                call,
                app.subject(),
                Data.none(),
                event -> new Accepted(
                        new Removal(app.name()),
                        List.of("---- Removing application \"" + app.name() + "\"... ----\n")));
    }

    /** Removes the app's records. Part of the transaction that ends its removal. */
    void forget(String name) {
        store.delete(name);
        roles.forget(Context.app(name));
    }
}
