package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.orizuru.certificate.ServerCertificate;
import io.orizuru.compute.Compute;
import io.orizuru.compute.Overlong;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.pool.Pools;
import io.orizuru.router.Router;
import io.orizuru.router.Routers;
import io.orizuru.secret.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What visitors of an app's names are shown over TLS. Written in one transaction and followed by all routers within a second,
 * by those of this server before the call returns.
 */
@ApplicationScoped
class Certificates {
    private static final String NO_TLS = "no router with tls support";
    private static final Pattern ISSUER = Pattern.compile("[\\x21-\\x7e]{1,253}");

    private final Apps apps;
    private final DesiredStates desiredStates;
    private final CertificateStore store;
    private final Events events;
    private final Routers routers;
    private final Pools pools;
    private final CertificateSync sync;
    private final Clock clock;

    Certificates(
            Apps apps,
            DesiredStates desiredStates,
            CertificateStore store,
            Events events,
            Routers routers,
            Pools pools,
            CertificateSync sync,
            Clock clock) {
        this.apps = apps;
        this.desiredStates = desiredStates;
        this.store = store;
        this.events = events;
        this.routers = routers;
        this.pools = pools;
        this.sync = sync;
        this.clock = clock;
    }

    /**
     * What a name of an app has.
     *
     * @param certificate PEM, empty for none
     * @param issuer who is to issue it, empty for nobody
     * @param fingerprint SHA-256 of the server's own certificate, hexadecimal
     * @param notAfter when it is over
     */
    record NamedCertificate(
            String certificate,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) String issuer,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String fingerprint,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Instant notAfter) {}

    /**
     * Those of all names of an app, by router and name.
     *
     * @throws Failure when none of its routers has TLS
     */
    Map<String, Map<String, NamedCertificate>> of(App app) {
        Map<String, CertificateStore.Shown> kept = store.of(app.name());
        Map<String, String> issuers = store.issuers(app.name());
        Map<String, Map<String, NamedCertificate>> byRouter = new LinkedHashMap<>();
        hosts(app).forEach((router, names) -> {
            Map<String, NamedCertificate> named = new TreeMap<>();
            for (String name : names) {
                CertificateStore.Shown shown = kept.get(name);
                String issuer = issuers.getOrDefault(name, "");
                named.put(
                        name,
                        shown == null
                                ? new NamedCertificate("", issuer, null, null)
                                : new NamedCertificate(shown.chain(), issuer, shown.fingerprint(), shown.notAfter()));
            }
            byRouter.put(router, named);
        });
        if (byRouter.isEmpty()) {
            throw Failure.invalid(NO_TLS);
        }
        return byRouter;
    }

    /** The names of an app on its routers with TLS. */
    private Map<String, Set<String>> hosts(App app) {
        Map<String, Set<String>> hosts = new LinkedHashMap<>();
        desiredStates.hosts(app).forEach((router, names) -> {
            if (routers.find(router).filter(Router::tls).isPresent()) {
                hosts.put(router, names);
            }
        });
        return hosts;
    }

    /**
     * Shows a certificate to visitors of a name from now on.
     *
     * @param certificates PEM, the server's own first
     * @throws Failure when the name is none of the app's, no router of it has TLS, or the certificate is not one for it and
     *     its key
     */
    void set(Call call, App app, String name, String certificates, Secret key) {
        String host = host(name);
        requireName(app, host);
        ServerCertificate certificate = read(call, certificates, key);
        certificate.requireName(host);
        certificate.requireValidAt(clock.instant());
        Data data = Data.of("cname", host).with("fingerprint", certificate.fingerprint());
        events.perform(call, app.subject(), data, () -> {
            App current = apps.find(app.name());
            requireName(current, host);
            requireTls(current, host);
            store.put(current.name(), host, certificates, certificate);
            store.changed(List.of(current.name()));
        });
        sync.now();
    }

    private static ServerCertificate read(Call call, String certificates, Secret key) {
        try {
            return Compute.of(call.caller().name(), Compute.REQUEST, () -> ServerCertificate.read(certificates, key));
        } catch (Overlong e) {
            throw Failure.invalid("the certificate or its key cannot be read: " + e.message());
        }
    }

    /** Shows none for a name any more. */
    void unset(Call call, App app, String name) {
        String host = host(name);
        events.perform(call, app.subject(), Data.of("cname", host), () -> {
            if (!store.delete(app.name(), host)) {
                requireName(apps.find(app.name()), host);
                throw Failure.invalid("Certificate not found");
            }
            store.changed(List.of(app.name()));
        });
        sync.now();
    }

    /** Notes who is to issue the certificate of a CNAME; the pool's constraints say who may. */
    void setIssuer(Call call, App app, String name, String issuer) {
        if (name.isEmpty() || issuer.isEmpty()) {
            throw Failure.invalid("You must provide a cname and a issuer.");
        }
        if (!ISSUER.matcher(issuer).matches()) {
            throw Failure.invalid("the issuer has characters other than visible ASCII, or more than 253");
        }
        String host = host(name);
        events.perform(call, app.subject(), Data.of("cname", host).with("issuer", issuer), () -> {
            App current = apps.find(app.name());
            requireCname(current, host);
            requireTls(current, host);
            pools.requireCertificateIssuer(pools.find(current.pool()), issuer);
            store.setIssuer(current.name(), host, issuer);
        });
    }

    /** Nobody is to issue the certificate of a CNAME any more; nothing changes when nobody was. */
    void unsetIssuer(Call call, App app, String name) {
        String host = host(name);
        events.perform(call, app.subject(), Data.of("cname", host), () -> {
            requireCname(apps.find(app.name()), host);
            store.setIssuer(app.name(), host, "");
        });
    }

    /** Removes what is for names that are none of the app's any more. Part of the transaction that took them away. */
    void namesChanged(String app) {
        store.retain(app, names(apps.find(app)));
    }

    /** Lets certificates go with the names that two apps exchange. Part of that transaction, before the names go. */
    void swap(App one, App other, boolean cnameOnly) {
        Set<String> moving = new HashSet<>(one.cnames());
        moving.addAll(other.cnames());
        if (!cnameOnly) {
            moving.addAll(names(one));
            moving.addAll(names(other));
        }
        store.swap(one.name(), other.name(), moving);
    }

    /** Brings this server's routers to what is on record at once, for a caller whose change is committed. */
    void now() {
        sync.now();
    }

    private Set<String> names(App app) {
        Set<String> names = new HashSet<>();
        desiredStates.hosts(app).values().forEach(names::addAll);
        return names;
    }

    private static String host(String name) {
        if (name.isEmpty()) {
            throw Failure.invalid("You must provide a cname.");
        }
        return name.toLowerCase(Locale.ROOT);
    }

    private void requireName(App app, String host) {
        if (!names(app).contains(host)) {
            throw Failure.invalid("invalid name");
        }
    }

    private static void requireCname(App app, String host) {
        if (!app.cnames().contains(host)) {
            throw Failure.invalid("cname does not exist in app (" + host + ")");
        }
    }

    private void requireTls(App app, String host) {
        if (hosts(app).values().stream().noneMatch(names -> names.contains(host))) {
            throw Failure.invalid(NO_TLS);
        }
    }
}
