package io.orizuru;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Network;
import io.orizuru.config.Settings;
import io.orizuru.db.Migrations;
import io.orizuru.db.ServerKey;
import io.orizuru.files.Descriptors;
import io.orizuru.limit.ConnectionLimits;
import io.orizuru.secret.Passwords;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Clock;
import org.jboss.logging.Logger;

/** What all rooms stand on, made injectable, and the first step of the start. */
@Singleton
class Ground {
    /** Observers of {@link StartupEvent} with a higher number find the schema in place. */
    static final int PRIORITY = 1;

    private static final Logger LOG = Logger.getLogger(Ground.class);

    void start(@Observes @Priority(PRIORITY) StartupEvent event, Migrations migrations, ServerKey key, Vault vault) {
        Launch.current().awaitDatabase();
        migrations.apply();
        key.check(vault);
        warnOfCleartext(Launch.current().settings());
        warnOfProxies(Launch.current().settings());
        warnOfDescriptors(Launch.current().settings().limits().connections());
    }

    void serving(@ObservesAsync HttpServerStart started, HttpServer server) {
        serving(server.getPort(), "http");
    }

    void servingSecurely(@ObservesAsync HttpsServerStart started, HttpServer server) {
        serving(server.getSecurePort(), "https");
    }

    private static void serving(int port, String scheme) {
        ConnectionLimits.guard(port, Launch.current().settings());
        Launch.current().serving(address(scheme, port));
    }

    @Produces
    @Singleton
    Settings settings() {
        return Launch.current().settings();
    }

    @Produces
    @Singleton
    Vault vault(Settings settings) {
        try {
            return Vault.open(settings.keyFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    @Produces
    @Singleton
    SecureRandom random() {
        return new SecureRandom();
    }

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    Passwords passwords(SecureRandom random) {
        return new Passwords(random);
    }

    @Produces
    @Singleton
    Tokens tokens(SecureRandom random) {
        return new Tokens(random);
    }

    private static URI address(String scheme, int port) {
        String host = Launch.current().settings().listen().host();
        return URI.create(scheme + "://" + new Endpoint(host, port));
    }

    private static void warnOfCleartext(Settings settings) {
        if (settings.tls() == null && !isLoopback(settings.listen().host())) {
            LOG.warnf(
                    "The API listens on %s without TLS: passwords and tokens can be read on the way. Give"
                            + " --tls-certificate and --tls-key, or listen on the loopback behind a proxy.",
                    settings.listen());
        }
    }

    /** Whoever reaches the API from a trusted network says where a request comes from, and so has any number of log-ins. */
    private static void warnOfProxies(Settings settings) {
        for (Network proxies : settings.trustedProxies()) {
            if (proxies.isEverything()) {
                LOG.warnf(
                        "trusted-proxies has %s, which is everybody: whoever asks may name any address as its own, and no limit"
                                + " of an address holds. Name the proxies alone.",
                        proxies);
            } else if (proxies.hasLoopback()) {
                LOG.warnf(
                        "trusted-proxies has %s, the loopback: every user and program of this machine may name any address as"
                                + " its own, and the limit of log-ins does not hold for them. Let the proxy stand on an"
                                + " address of its own.",
                        proxies);
            }
        }
    }

    private static void warnOfDescriptors(int wanted) {
        Descriptors descriptors = Descriptors.own();
        int possible = descriptors.ofApi(wanted);
        if (possible < wanted) {
            LOG.warnf(
                    "This process may have %d files open, so the API has %d connections instead of the %d of limits.connections."
                            + " Raise the hard limit (ulimit -Hn, or LimitNOFILE of the service).",
                    descriptors.most(), possible, wanted);
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
