package io.orizuru.app;

import io.orizuru.db.Rounds;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.MachineWatch;
import io.orizuru.event.Pauses;
import io.orizuru.failure.Failure;
import io.orizuru.provision.Reconciler;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Looks from time to time whether the units of this machine that are on record are still there, and no others, and has that
 * mended.
 */
@ApplicationScoped
class Caretaker {
    private static final Logger LOG = Logger.getLogger(Caretaker.class);
    private static final Duration LOOK = Duration.ofSeconds(5);

    private final Apps apps;
    private final Reconciler reconciler;
    private final Events events;
    private final MachineWatch watch;
    private final Pauses<String> pauses = new Pauses<>();
    private Set<String> straysBefore = Set.of();
    private final Rounds rounds = new Rounds("caretaker", LOG, "units are not looked after", LOOK, this::look);

    Caretaker(Apps apps, Reconciler reconciler, Events events, MachineWatch watch) {
        this.apps = apps;
        this.reconciler = reconciler;
        this.events = events;
        this.watch = watch;
    }

    void start(@Observes @Priority(6000) StartupEvent started) {
        rounds.startAtOnce();
    }

    /** Before units may end with the server: their going must not look like an accident. */
    void stop(@Observes @Priority(500) ShutdownEvent stopped) {
        rounds.stop();
    }

    private void look() {
        if (!watch.mine()) {
            return;
        }
        Set<String> troubled = new LinkedHashSet<>(reconciler.appsWithVanishedUnits());
        Map<String, String> strays = reconciler.strayUnits();
        strays.forEach((unit, app) -> {
            if (straysBefore.contains(unit)) {
                troubled.add(app);
            }
        });
        straysBefore = Set.copyOf(strays.keySet());
        pauses.keep(name -> troubled.contains(name) || !pauses.areOver(name));
        for (String name : troubled) {
            if (pauses.areOver(name)) {
                try {
                    restore(name);
                } catch (Failure e) {
                    LOG.warnf("the units of %s are not mended now: %s", name, e.getMessage());
                } catch (IllegalStateException | IllegalArgumentException e) {
                    // One app's trouble is not that of the others.
                    LOG.errorf(e, "the units of %s are not mended", name);
                } finally {
                    pauses.begin(name);
                }
            }
        }
    }

    private void restore(String name) {
        if (!apps.exists(name)) {
            return;
        }
        App app = apps.find(name);
        events.acceptInternal(
                "app.restore",
                app.subject(),
                Data.none(),
                new Accepted(new Restoring(name), List.of("---- Making units be as they are on record ----\n")));
    }
}
