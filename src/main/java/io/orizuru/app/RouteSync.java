package io.orizuru.app;

import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.provision.Desired;
import io.orizuru.provision.Units;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.Router;
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

    private final Database database;
    private final Apps apps;
    private final Releases releases;
    private final DesiredStates desiredStates;
    private final Units units;
    private final Routers routers;
    private final Map<String, Long> applied = new HashMap<>();
    private final Map<String, Map<String, Set<String>>> hosts = new HashMap<>();
    private volatile boolean stopping;
    private final Thread looker = Thread.ofVirtual().name("route-sync").unstarted(this::look);

    RouteSync(
            Database database,
            Apps apps,
            Releases releases,
            DesiredStates desiredStates,
            Units units,
            Routers routers) {
        this.database = database;
        this.apps = apps;
        this.releases = releases;
        this.desiredStates = desiredStates;
        this.units = units;
        this.routers = routers;
    }

    void start(@Observes @Priority(300) StartupEvent started) {
        sync();
        looker.start();
    }

    void stop(@Observes ShutdownEvent stopped) {
        stopping = true;
        looker.interrupt();
    }

    private void look() {
        while (!stopping) {
            try {
                Thread.sleep(LOOK);
                sync();
            } catch (InterruptedException e) {
                return;
            } catch (DataAccessException | TransactionException e) {
                LOG.warnf("routes are not looked at until the database answers: %s", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("routes could not be brought up to date", e);
            }
        }
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
        Changed wanted = changed(app.name(), recordedEpochs().getOrDefault(app.name(), 0L));
        Map<String, Difference> differences = new LinkedHashMap<>();
        for (App.AppRouter linked : app.routers()) {
            routers.find(linked.name()).ifPresent(router -> {
                Set<Backend> there = router.observe().stream()
                        .filter(routes -> routes.app().equals(app.name()))
                        .flatMap(routes -> routes.backends().stream())
                        .collect(Collectors.toSet());
                Set<Backend> missing = new HashSet<>(wanted.backends());
                missing.removeAll(there);
                there.removeAll(Set.copyOf(wanted.backends()));
                differences.put(linked.name(), new Difference(missing, there));
            });
        }
        if (!dry) {
            apply(wanted);
        }
        return differences;
    }

    private synchronized void sync() {
        Map<String, Long> recorded = recordedEpochs();
        List<Changed> changed = new ArrayList<>();
        for (Map.Entry<String, Long> app : recorded.entrySet()) {
            if (!app.getValue().equals(applied.get(app.getKey()))) {
                try {
                    changed.add(changed(app.getKey(), app.getValue()));
                } catch (Failure e) {
                    // Removed since the names were read; the next look takes its routes away.
                    LOG.debugf("routes of %s: %s", app.getKey(), e.getMessage());
                }
            }
        }
        // A name that moves from one app to another leads somewhere at every moment: both have it for a while.
        if (changed.size() > 1) {
            changed.forEach(this::applyBeside);
        }
        for (Changed app : changed) {
            apply(app);
            applied.put(app.name(), app.epoch());
            hosts.put(app.name(), app.desired().hosts());
        }
        Set<String> gone = new HashSet<>(applied.keySet());
        gone.removeAll(recorded.keySet());
        gone.forEach(this::remove);
    }

    private Map<String, Long> recordedEpochs() {
        Map<String, Long> epochs = new HashMap<>();
        // An app that is being removed has no routes any more, though its row is there until the event ends.
        database.sql("""
                        select a.name, a.route_epoch from app a
                         where not exists (select from target_lock l join event e on e.id = l.event
                                            where l.target_type = 'app' and l.target_value = a.name
                                              and e.change_kind = :removal)""").param("removal", RemovalHandler.KIND).query(row -> {
            epochs.put(row.getString("name"), row.getLong("route_epoch"));
        });
        return epochs;
    }

    /** An app whose routes are not those on record. */
    private record Changed(String name, long epoch, Desired desired, List<Backend> backends) {}

    private Changed changed(String name, long epoch) {
        App app = apps.find(name);
        Desired desired = desiredStates.of(app, releases.desired(app));
        return new Changed(name, epoch, desired, units.backends(desired));
    }

    private void applyBeside(Changed app) {
        app.desired().hosts().forEach((router, wanted) -> {
            Set<String> both = new HashSet<>(wanted);
            both.addAll(hosts.getOrDefault(app.name(), Map.of()).getOrDefault(router, Set.of()));
            apply(router, new AppRoutes(app.name(), app.epoch(), both, app.backends()));
        });
    }

    private void apply(Changed app) {
        Map<String, Set<String>> wanted = app.desired().hosts();
        wanted.forEach((router, names) -> apply(router, new AppRoutes(app.name(), app.epoch(), names, app.backends())));
        for (String former : hosts.getOrDefault(app.name(), Map.of()).keySet()) {
            if (!wanted.containsKey(former)) {
                apply(former, new AppRoutes(app.name(), app.epoch(), Set.of(), List.of()));
            }
        }
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
        long epoch = applied.getOrDefault(name, 0L);
        for (Router router : routers.all()) {
            try {
                router.apply(new AppRoutes(name, epoch, Set.of(), List.of()));
            } catch (StaleEpochException e) {
                LOG.debugf("routes of %s were removed meanwhile: %s", name, e.getMessage());
            }
        }
        applied.remove(name);
        hosts.remove(name);
    }
}
