package io.orizuru.app;

import io.orizuru.db.Database;
import io.orizuru.db.Rounds;
import io.orizuru.event.Events;
import io.orizuru.router.Routers;
import io.orizuru.router.Traffic;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Tells what this server's routers saw of requests to apps that try a version, each second, to whichever server looks after
 * the trial. Two servers that ask the same router apart tell the same.
 */
@ApplicationScoped
class TrafficReports {
    private static final Logger LOG = Logger.getLogger(TrafficReports.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Events events;
    private final Routers routers;
    private final TrafficStore store;
    private final Database database;
    private final Rounds rounds =
            new Rounds("traffic-reports", LOG, "what routers see is not told", LOOK, this::reportAll);

    TrafficReports(Events events, Routers routers, TrafficStore store, Database database) {
        this.events = events;
        this.routers = routers;
        this.store = store;
        this.database = database;
    }

    void start(@Observes @Priority(6000) StartupEvent started) {
        rounds.start();
    }

    void stop(@Observes @Priority(500) ShutdownEvent stopped) {
        rounds.stop();
    }

    private void reportAll() {
        events.underWay(Canarying.class).forEach(canary -> report(canary.app()));
    }

    private void report(String app) {
        List<Traffic> seen = routers.all().stream()
                .flatMap(router -> router.traffic(app).stream())
                .distinct()
                .toList();
        database.transact(() -> seen.forEach(traffic -> store.put(app, traffic)));
    }
}
