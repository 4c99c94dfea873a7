package io.orizuru.auth;

import io.orizuru.db.Rounds;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;

/** Deletes what expired. Only to save space: what is expired is nothing, swept or not. */
@ApplicationScoped
class Sweep {
    private static final Logger LOG = Logger.getLogger(Sweep.class);
    private static final Duration PAUSE = Duration.ofMinutes(10);

    private final CredentialStore credentials;
    private final Guarding guarding;
    private final Rounds rounds =
            new Rounds("sweep-credentials", LOG, "what expired is not deleted", PAUSE, this::sweep);

    Sweep(CredentialStore credentials, Guarding guarding) {
        this.credentials = credentials;
        this.guarding = guarding;
    }

    void start(@Observes @Priority(100) StartupEvent event) {
        rounds.start();
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    private void sweep() {
        credentials.deleteExpired();
        guarding.sweep();
    }
}
