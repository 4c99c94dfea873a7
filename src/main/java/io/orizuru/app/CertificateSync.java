package io.orizuru.app;

import io.orizuru.db.Rounds;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.HostCertificate;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Keeps the certificates of this server's routers as those on record: all of them when it starts, before it answers; then
 * what other servers change. Level-triggered, so nothing that is missed stays missed.
 */
@ApplicationScoped
class CertificateSync {
    private static final Logger LOG = Logger.getLogger(CertificateSync.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int AT_ONCE = 500;

    private final Apps apps;
    private final DesiredStates desiredStates;
    private final CertificateStore store;
    private final Routers routers;

    /** The epochs of what the routers have, by app. */
    private final Map<String, Long> applied = new HashMap<>();

    /** {@link CertificateStore#state} at the last look. */
    private String seen = "";

    private final Rounds rounds =
            new Rounds("certificate-sync", LOG, "certificates are not looked at", LOOK, this::sync);

    CertificateSync(Apps apps, DesiredStates desiredStates, CertificateStore store, Routers routers) {
        this.apps = apps;
        this.desiredStates = desiredStates;
        this.store = store;
        this.routers = routers;
    }

    /** With the routes, before anybody is let in. */
    void start(@Observes @Priority(300) StartupEvent started) {
        sync();
        rounds.start();
    }

    /** Before the routers close. */
    void stop(@Observes @Priority(1400) ShutdownEvent stopped) {
        rounds.stop();
    }

    /** Brings this server's routers to what is on record at once, for a caller whose change is committed. */
    void now() {
        try {
            sync();
        } catch (DataAccessException | TransactionException e) {
            LOG.warnf("a change of certificates follows when the database answers: %s", e.getMessage());
        }
    }

    private synchronized void sync() {
        String state = store.state();
        if (state.equals(seen)) {
            return;
        }
        Map<String, Long> recorded = store.epochs();
        Map<String, Long> changed = new HashMap<>(recorded);
        changed.entrySet().removeIf(app -> app.getValue().equals(applied.get(app.getKey())));
        // Removed apps first: another one may have their names by now.
        for (String gone : List.copyOf(applied.keySet())) {
            if (!recorded.containsKey(gone)) {
                apply(Map.of(gone, applied.get(gone)), List.of());
                applied.remove(gone);
            }
        }
        List<String> names = List.copyOf(changed.keySet());
        for (int from = 0; from < names.size(); from += AT_ONCE) {
            Map<String, Long> some = new HashMap<>(changed);
            some.keySet().retainAll(names.subList(from, Math.min(names.size(), from + AT_ONCE)));
            apply(some, apps.named(some.keySet()));
            applied.putAll(some);
        }
        seen = state;
    }

    /** @param present those of the apps that are there; from the others everything is taken away */
    private void apply(Map<String, Long> epochs, List<App> present) {
        Map<String, List<HostCertificate>> kept = store.withKeys(epochs.keySet());
        Map<String, Map<String, Set<String>>> hosts = new HashMap<>();
        present.forEach(app -> hosts.put(app.name(), desiredStates.hosts(app)));
        for (Router router : routers.all()) {
            if (!router.tls()) {
                continue;
            }
            List<AppCertificates> all = new ArrayList<>();
            epochs.forEach((app, epoch) -> {
                Set<String> names = hosts.getOrDefault(app, Map.of()).getOrDefault(router.name(), Set.of());
                List<HostCertificate> certificates = kept.getOrDefault(app, List.of()).stream()
                        .filter(certificate -> names.contains(certificate.host()))
                        .toList();
                all.add(new AppCertificates(app, epoch, certificates));
            });
            router.applyCertificates(all);
        }
    }
}
