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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

    /** Before the routers close. */
    void stop(@Observes @Priority(1400) ShutdownEvent stopped) {
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

    private void sync() {
        Map<String, Long> recorded = recordedEpochs();
        for (Map.Entry<String, Long> app : recorded.entrySet()) {
            if (!app.getValue().equals(applied.get(app.getKey()))) {
                try {
                    apply(app.getKey(), app.getValue());
                } catch (Failure e) {
                    // Removed since the names were read; the next look takes its routes away.
                    LOG.debugf("routes of %s: %s", app.getKey(), e.getMessage());
                }
                applied.put(app.getKey(), app.getValue());
            }
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

    private void apply(String name, long epoch) {
        App app = apps.find(name);
        Desired desired = desiredStates.of(app, releases.desired(app));
        List<Backend> backends = units.backends(desired);
        desired.hosts().forEach((router, hosts) -> routers.find(router).ifPresent(found -> {
            try {
                found.apply(new AppRoutes(name, epoch, hosts, backends));
            } catch (StaleEpochException e) {
                LOG.debugf("routes of %s were changed meanwhile: %s", name, e.getMessage());
            }
        }));
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
    }
}
