package io.orizuru.app;

import io.orizuru.db.Rounds;
import io.orizuru.event.Data;
import io.orizuru.failure.Failure;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Routers;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Wakes the apps whose visitors the routers have. One event, however many ask: it makes a release in which the app is awake,
 * and is accepted for exactly the release in which it sleeps, under the app's lock. Nothing is kept here; routers call again
 * for as long as somebody waits.
 */
@ApplicationScoped
class Waker {
    private static final Logger LOG = Logger.getLogger(Waker.class);
    private static final Duration LOOK = Duration.ofSeconds(10);

    private final Apps apps;
    private final Releases releases;
    private final ReleaseChanges changes;
    private final Routers routers;
    private final Clock clock;
    private final Rounds rounds = new Rounds("waker", LOG, "nobody is woken", Duration.ZERO, this::wakeCalled);

    Waker(Apps apps, Releases releases, ReleaseChanges changes, Routers routers, Clock clock) {
        this.apps = apps;
        this.releases = releases;
        this.changes = changes;
        this.routers = routers;
        this.clock = clock;
    }

    void start(@Observes @Priority(6000) StartupEvent started) {
        rounds.start();
    }

    /** As early as the caretaker: a server that stops begins nothing. */
    void stop(@Observes @Priority(500) ShutdownEvent stopped) {
        rounds.stop();
    }

    private void wakeCalled() throws InterruptedException {
        for (String app : routers.wakes().await(LOOK)) {
            wake(app);
        }
    }

    private void wake(String name) {
        if (!apps.exists(name)) {
            return;
        }
        try {
            App app = apps.find(name);
            Release asleep = releases.desired(app);
            Placement.Sleep sleep = asleep.placement().sleep();
            if (sleep == null || !sleep.wakes() || isPaused(app)) {
                return;
            }
            changes.acceptInternal(
                    "app.wake",
                    app,
                    asleep,
                    new Proposal(
                            Data.of("reason", "a request"),
                            true,
                            release -> release.with(release.placement().woken()),
                            List.of("\n ---> Waking the app \"" + name + "\" for a visitor\n")),
                    change -> new Waking(change.app(), change.release(), change.before()));
        } catch (Failure failure) {
            // It changed meanwhile, or is gone; whoever still waits calls again.
            LOG.debugf("%s is not woken now: %s", name, failure.getMessage());
        }
    }

    /** After an attempt that failed. */
    private boolean isPaused(App app) {
        AppRoutes.Asleep asleep = app.exposure().asleep();
        return asleep != null && asleep.retryAtMillis() > clock.millis();
    }
}
