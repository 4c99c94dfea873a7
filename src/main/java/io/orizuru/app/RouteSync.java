package io.orizuru.app;

import io.orizuru.db.Database;
import io.orizuru.db.Rounds;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Router;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Keeps this server's routers as the routes on record: all of them when it starts, before it answers; then what other
 * servers change. Level-triggered, so nothing that is missed stays missed.
 */
@ApplicationScoped
class RouteSync {
    private static final Logger LOG = Logger.getLogger(RouteSync.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int AT_ONCE = 500;

    /** An app that is being removed has no routes any more, though its row is there until the event ends. */
    private static final String WITH_ROUTES = """
            from app a
             where not exists (select from target_lock l join event e on e.id = l.event
                                where l.target_type = 'app' and l.target_value = a.name
                                  and e.change_kind = :removal)""";

    private final Database database;
    private final Apps apps;
    private final Releases releases;
    private final DesiredStates desiredStates;
    private final Units units;
    private final Routers routers;
    private final RouterAddresses addresses;
    /** The apps whose routes the routers have. */
    private final Set<String> known = new HashSet<>();

    /** The names that they lead there with, by app and router. */
    private final Map<String, Map<String, Set<String>>> hosts = new HashMap<>();

    /** {@link #state} at the last look. */
    private String seen = "";

    private final Rounds rounds = new Rounds("route-sync", LOG, "routes are not looked at", LOOK, this::sync);

    RouteSync(
            Database database,
            Apps apps,
            Releases releases,
            DesiredStates desiredStates,
            Units units,
            Routers routers,
            RouterAddresses addresses) {
        this.database = database;
        this.apps = apps;
        this.releases = releases;
        this.desiredStates = desiredStates;
        this.units = units;
        this.routers = routers;
        this.addresses = addresses;
    }

    void start(@Observes @Priority(300) StartupEvent started) {
        sync();
        rounds.start();
    }

    /** Before the routers close. */
    void stop(@Observes @Priority(1400) ShutdownEvent stopped) {
        rounds.stop();
    }

    /** Brings this server's routers to the routes on record at once, for a caller whose change is committed. */
    void now() {
        try {
            sync();
        } catch (DataAccessException | TransactionException e) {
            LOG.warnf("a change of routes follows when the database answers: %s", e.getMessage());
        }
    }

    /**
     * How a router's backends of an app differ from those on record.
     *
     * @param missing on record, not in the router
     * @param surplus in the router, not on record
     */
    record Difference(Set<Backend> missing, Set<Backend> surplus) {}

    /** Compares this server's routers with an app's routes on record and, unless {@code dry}, sets them anew. */
    synchronized Map<String, Difference> rebuild(App app, boolean dry) {
        Map<String, Difference> differences = new LinkedHashMap<>();
        for (Wanted wanted : wanted(List.of(app.name()), recordedEpochs())) {
            for (String linked : wanted.routes().keySet()) {
                routers.find(linked).ifPresent(router -> {
                    Set<Backend> there = router.observe().stream()
                            .filter(routes -> routes.app().equals(app.name()))
                            .flatMap(RouteSync::backends)
                            .collect(Collectors.toSet());
                    Set<Backend> should = backends(wanted.on(linked)).collect(Collectors.toSet());
                    Set<Backend> missing = new HashSet<>(should);
                    missing.removeAll(there);
                    there.removeAll(should);
                    differences.put(linked, new Difference(missing, there));
                });
            }
            if (!dry) {
                apply(wanted);
            }
        }
        return differences;
    }

    /** All to whom an app's requests may go. */
    private static Stream<Backend> backends(AppRoutes routes) {
        AppRoutes.Asleep asleep = routes.asleep();
        return Stream.of(
                        routes.backends().stream(),
                        routes.parts().stream().flatMap(part -> part.backends().stream()),
                        asleep == null ? Stream.<Backend>empty() : asleep.proxy().stream())
                .flatMap(backends -> backends);
    }

    private synchronized void sync() {
        String state = state();
        if (state.equals(seen)) {
            return;
        }
        Map<String, Long> recorded = recordedEpochs();
        List<String> changed = new ArrayList<>();
        recorded.forEach((app, epoch) -> {
            if (!known.contains(app) || epoch != routers.appliedEpoch(app)) {
                changed.add(app);
            }
        });
        for (int from = 0; from < changed.size(); from += AT_ONCE) {
            apply(changed.subList(from, Math.min(changed.size(), from + AT_ONCE)), recorded);
        }
        known.addAll(recorded.keySet());
        Set<String> gone = new HashSet<>(known);
        gone.removeAll(recorded.keySet());
        gone.forEach(this::remove);
        seen = state;
    }

    /** One number for the names and epochs of all apps, so that a look that finds nothing new costs next to nothing. */
    private String state() {
        return database.sql("select coalesce(sum(hashtextextended(name, route_epoch)), 0)::text " + WITH_ROUTES)
                .param("removal", RemovalHandler.KIND)
                .query(String.class)
                .single();
    }

    private Map<String, Long> recordedEpochs() {
        Map<String, Long> epochs = new HashMap<>();
        database.sql("select name, route_epoch " + WITH_ROUTES)
                .param("removal", RemovalHandler.KIND)
                .query(row -> {
                    epochs.put(row.getString("name"), row.getLong("route_epoch"));
                });
        return epochs;
    }

    /** An app's routes as they should be, by router. */
    private record Wanted(String app, long epoch, Map<String, AppRoutes> routes) {
        private AppRoutes on(String router) {
            return routes.getOrDefault(router, new AppRoutes(app, epoch, Set.of(), List.of()));
        }

        private Map<String, Set<String>> hosts() {
            return routes.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, at -> at.getValue()
                    .hosts()));
        }
    }

    /** Those that were removed since their names were read are left out; the next look takes their routes away. */
    private List<Wanted> wanted(List<String> names, Map<String, Long> epochs) {
        Map<String, Placement> desired = releases.placements(names);
        Map<String, List<UnitRecord>> recorded = units.onRecord(names);
        List<Wanted> all = new ArrayList<>();
        for (App app : apps.named(names)) {
            Map<Integer, Integer> weights =
                    desired.getOrDefault(app.name(), Placement.NOTHING).weights();
            long epoch = epochs.getOrDefault(app.name(), 0L);
            Map<String, AppRoutes> routes = new LinkedHashMap<>();
            desiredStates
                    .hosts(app)
                    .forEach((router, hostNames) -> routes.put(
                            router,
                            app.exposure()
                                    .routes(
                                            app.name(),
                                            epoch,
                                            hostNames,
                                            recorded.getOrDefault(app.name(), List.of()),
                                            weights,
                                            name -> addresses.host(router, name))));
            all.add(new Wanted(app.name(), epoch, routes));
        }
        return all;
    }

    private void apply(List<String> names, Map<String, Long> epochs) {
        List<Wanted> all = wanted(names, epochs);
        // A name that moves from one app to another leads somewhere at every moment: both have it for a while.
        if (all.size() > 1) {
            all.stream().filter(app -> hosts.containsKey(app.app())).forEach(this::applyBeside);
        }
        all.forEach(this::apply);
    }

    private void applyBeside(Wanted app) {
        Map<String, Set<String>> before = hosts.getOrDefault(app.app(), Map.of());
        app.routes().forEach((router, routes) -> {
            Set<String> both = new HashSet<>(routes.hosts());
            both.addAll(before.getOrDefault(router, Set.of()));
            apply(router, routes.at(both));
        });
    }

    private void apply(Wanted app) {
        app.routes().forEach(this::apply);
        for (String former : hosts.getOrDefault(app.app(), Map.of()).keySet()) {
            if (!app.routes().containsKey(former)) {
                apply(former, new AppRoutes(app.app(), app.epoch(), Set.of(), List.of()));
            }
        }
        hosts.put(app.app(), app.hosts());
        routers.applied(app.app(), app.epoch());
    }

    private void apply(String router, AppRoutes routes) {
        routers.find(router).ifPresent(found -> {
            try {
                found.apply(routes);
            } catch (StaleEpochException e) {
                LOG.debugf("routes of %s were changed meanwhile: %s", routes.app(), e.getMessage());
            }
        });
    }

    private void remove(String name) {
        long epoch = routers.appliedEpoch(name);
        for (Router router : routers.all()) {
            try {
                router.apply(new AppRoutes(name, epoch, Set.of(), List.of()));
            } catch (StaleEpochException e) {
                LOG.debugf("routes of %s were removed meanwhile: %s", name, e.getMessage());
            }
        }
        known.remove(name);
        hosts.remove(name);
        routers.forget(name);
    }
}
