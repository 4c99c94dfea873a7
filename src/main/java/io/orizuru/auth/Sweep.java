package io.orizuru.auth;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Deletes what expired. Only to save space: what is expired is nothing, swept or not. */
@ApplicationScoped
class Sweep {
    private static final Logger LOG = Logger.getLogger(Sweep.class);
    private static final Duration PAUSE = Duration.ofMinutes(10);

    private final CredentialStore credentials;
    private final Guarding guarding;
    private @Nullable Thread thread;

    Sweep(CredentialStore credentials, Guarding guarding) {
        this.credentials = credentials;
        this.guarding = guarding;
    }

    void start(@Observes @Priority(100) StartupEvent event) {
        thread = Thread.ofVirtual().name("sweep-credentials").start(this::repeat);
    }

    void stop(@Observes ShutdownEvent event) {
        if (thread != null) {
            thread.interrupt();
        }
    }

    private void repeat() {
        try {
            while (true) {
                Thread.sleep(PAUSE);
                sweep();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweep() {
        try {
            credentials.deleteExpired();
            guarding.sweep();
        } catch (RuntimeException e) {
            LOG.debugf(e, "what expired is not deleted now");
        }
    }
}
