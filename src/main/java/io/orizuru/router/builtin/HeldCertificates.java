package io.orizuru.router.builtin;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.orizuru.certificate.ServerCertificate;
import io.orizuru.failure.Failure;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.HostCertificate;
import io.orizuru.router.builtin.DataPlane.CertificateTable;
import io.orizuru.router.builtin.DataPlane.NamedCertificates;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The certificates of a data plane: those of all apps, and by name what is shown. */
final class HeldCertificates {
    private static final System.Logger LOG = System.getLogger(HeldCertificates.class.getName());

    /** How many apps without certificates are remembered by their epoch; the ones that lost theirs first are forgotten. */
    private static final int REMEMBERED = 10_000;

    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** With forward secrecy and authenticated encryption, and no others. */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private record Key(String router, String app) {}

    /** What is shown, by name; immutable. */
    private record Shown(Map<String, SslContext> exact, Map<String, SslContext> bySuffix) {}

    private final boolean serves;
    private final ReentrantLock lock = new ReentrantLock();
    /** In the order in which they were applied; of two with the same name, the later one has it. */
    private final LinkedHashMap<Key, AppCertificates> all = new LinkedHashMap<>();

    private final Map<Key, Long> highestEpochs = new HashMap<>();
    /** Those of {@link #all} that can be shown: one that did not change keeps its sessions. */
    private Map<HostCertificate, SslContext> contexts = Map.of();

    private long revision;
    private volatile Shown shown = new Shown(Map.of(), Map.of());

    /** @param serves whether visitors are let in by them; else they are only held */
    HeldCertificates(boolean serves) {
        this.serves = serves;
    }

    /** See {@link DataPlane#applyCertificates}. */
    List<NamedCertificates> apply(List<NamedCertificates> changes) {
        List<NamedCertificates> refused = new ArrayList<>();
        lock.lock();
        try {
            for (NamedCertificates each : changes) {
                AppCertificates certificates = each.certificates();
                Key key = new Key(each.router(), certificates.app());
                long highest = highestEpochs.getOrDefault(key, Long.MIN_VALUE);
                if (certificates.epoch() < highest) {
                    refused.add(nothing(key, highest));
                    continue;
                }
                highestEpochs.put(key, certificates.epoch());
                all.remove(key);
                if (!certificates.certificates().isEmpty()) {
                    all.putLast(key, certificates);
                }
            }
            forgetRemoved();
            revision++;
            if (serves) {
                show();
            }
        } finally {
            lock.unlock();
        }
        return refused;
    }

    private static NamedCertificates nothing(Key key, long epoch) {
        return new NamedCertificates(key.router(), new AppCertificates(key.app(), epoch, List.of()));
    }

    private void forgetRemoved() {
        if (highestEpochs.size() - all.size() <= 2 * REMEMBERED) {
            return;
        }
        List<Key> oldestFirst = highestEpochs.entrySet().stream()
                .filter(each -> !all.containsKey(each.getKey()))
                .sorted(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .toList();
        oldestFirst.subList(0, oldestFirst.size() - REMEMBERED).forEach(highestEpochs::remove);
    }

    private void show() {
        Map<HostCertificate, SslContext> usable = new HashMap<>();
        Map<String, SslContext> exact = new HashMap<>();
        Map<String, SslContext> bySuffix = new HashMap<>();
        for (AppCertificates app : all.values()) {
            for (HostCertificate each : app.certificates()) {
                SslContext context = contexts.get(each);
                context = context == null ? context(app.app(), each) : context;
                if (context == null) {
                    continue;
                }
                usable.put(each, context);
                if (each.host().startsWith("*.")) {
                    bySuffix.put(each.host().substring(2), context);
                } else {
                    exact.put(each.host(), context);
                }
            }
        }
        contexts = usable;
        shown = new Shown(exact, bySuffix);
    }

    /** One that cannot be used harms no other: it is told, and not shown. */
    private static @Nullable SslContext context(String app, HostCertificate each) {
        try {
            ServerCertificate certificate = ServerCertificate.read(each.chain(), each.key());
            return SslContextBuilder.forServer(
                            certificate.key(), certificate.chain().toArray(X509Certificate[]::new))
                    .sslProvider(SslProvider.JDK)
                    .protocols(PROTOCOLS)
                    .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .build();
        } catch (Failure | SSLException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the certificate for {0} of the app {1} is shown to nobody: {2}",
                    each.host(),
                    app,
                    e.getMessage());
            return null;
        }
    }

    /** What visitors of a host are shown; null when there is nothing. */
    @Nullable
    SslContext find(String host) {
        Shown now = shown;
        SslContext found = now.exact().get(host);
        if (found != null || now.bySuffix().isEmpty()) {
            return found;
        }
        for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            found = now.bySuffix().get(host.substring(dot + 1));
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** See {@link DataPlane#certificates}. */
    CertificateTable table() {
        lock.lock();
        try {
            List<NamedCertificates> table = new ArrayList<>();
            highestEpochs.forEach((key, epoch) -> {
                if (!all.containsKey(key)) {
                    table.add(nothing(key, epoch));
                }
            });
            all.forEach((key, certificates) -> table.add(new NamedCertificates(key.router(), certificates)));
            return new CertificateTable(revision, table);
        } finally {
            lock.unlock();
        }
    }

    /** Those of one router. */
    List<AppCertificates> of(String router) {
        lock.lock();
        try {
            return all.entrySet().stream()
                    .filter(each -> each.getKey().router().equals(router))
                    .map(Map.Entry::getValue)
                    .toList();
        } finally {
            lock.unlock();
        }
    }
}
