package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.Certificates;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of apps, as a client of TLS meets them at the built-in router: in the server's process, and apart. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class CertificatesIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String SHOP = "shop.example.net";
    private static final String BLOG = "blog.example.net";

    @TempDir
    static Path files;

    private Certificates shop;
    private Certificates renewed;
    private Certificates blog;
    private Certificates wild;
    private TestServer server;
    private Installation here;
    private Tsuru tsuru;

    @BeforeAll
    void start() throws Exception {
        shop = new Certificates(files, "shop", "dns:" + SHOP);
        renewed = new Certificates(files, "renewed", "dns:" + SHOP);
        blog = new Certificates(files, "blog", "dns:" + BLOG);
        wild = new Certificates(files, "wild", "dns:*.wild.example.net");
        server = TestServer.start();
        here = Installation.on(server, List.of("static"));
        tsuru = here.tsuru();
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void eachNameIsShownItsOwnCertificateAndGetsItsOwnApp() throws Exception {
        app("shop", SHOP);
        app("blog", BLOG);
        set("shop", SHOP, shop);
        set("blog", BLOG, blog);

        try (Client asked = new Client(tls(), SHOP, shop)) {
            assertThat(asked.get("/")).startsWith("HTTP/1.1 200");
            assertThat(asked.protocol()).isEqualTo("TLSv1.3");
        }
        try (Client asked = new Client(tls(), BLOG, blog)) {
            assertThat(asked.get("/")).startsWith("HTTP/1.1 200");
        }
        try (Client old = new Client(tls(), SHOP, shop, "TLSv1.2")) {
            assertThat(old.get("/")).startsWith("HTTP/1.1 200");
            assertThat(old.cipher()).startsWith("TLS_ECDHE_");
        }
        refused(() -> new Client(tls(), "elsewhere.example.net", shop));
        refused(() -> new Client(tls(), SHOP, shop, "TLSv1.1"));
        JsonNode info = here.info("shop").path("certificates");
        assertThat(info.findValuesAsText("name")).containsExactly(SHOP);
        assertThat(Instant.parse(info.path(0).path("notAfter").asText())).isAfter(Instant.now());
        // Those of the tests are for two days.
        assertThat(tsuru.get("/healthcheck?check=all").body()).contains("note: 2 over within 14 days");
        assertThat(server.run("doctor").output()).contains("0 findings");
        drop("shop");
        drop("blog");
    }

    @Test
    void aWildcardIsForAllBelow() throws Exception {
        app("many", "*.wild.example.net");
        set("many", "*.wild.example.net", wild);
        try (Client asked = new Client(tls(), "one.wild.example.net", wild)) {
            assertThat(asked.get("/")).startsWith("HTTP/1.1 200");
        }
        drop("many");
    }

    @Test
    void aCertificateIsReplacedUnderLoadAndNobodyIsCutOff() throws Exception {
        app("busy", SHOP);
        set("busy", SHOP, shop);
        AtomicBoolean ending = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Client kept = new Client(tls(), SHOP, shop)) {
            assertThat(kept.get("/")).startsWith("HTTP/1.1 200");
            List<Future<?>> load = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                load.add(threads.submit(() -> {
                    while (!ending.get()) {
                        // Whichever it is shown, it is one of the two.
                        try (Client each = new Client(tls(), SHOP, shop, renewed)) {
                            assertThat(each.get("/")).startsWith("HTTP/1.1 200");
                            answered.incrementAndGet();
                        }
                    }
                    return null;
                }));
            }
            for (int i = 0; i < 10; i++) {
                int before = answered.get();
                set("busy", SHOP, i % 2 == 0 ? renewed : shop);
                Eventually.is("somebody came", () -> answered.get() > before + 4);
            }
            set("busy", SHOP, renewed);
            try (Client fresh = new Client(tls(), SHOP, renewed)) {
                assertThat(fresh.get("/")).startsWith("HTTP/1.1 200");
            }
            ending.set(true);
            for (Future<?> each : load) {
                each.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            }
            assertThat(kept.get("/")).as("the connection from before").startsWith("HTTP/1.1 200");
        }
        drop("busy");
    }

    @Test
    void itGoesWithItsNameAndWithItsApp() throws Exception {
        app("going", SHOP);
        set("going", SHOP, shop);
        assertThat(tsuru.delete("/1.2/apps/going/certificate?cname=" + SHOP).status())
                .isEqualTo(200);
        refused(() -> new Client(tls(), SHOP, shop));

        set("going", SHOP, shop);
        assertThat(tsuru.delete("/1.0/apps/going/cname?cname=" + SHOP).status()).isEqualTo(200);
        refused(() -> new Client(tls(), SHOP, shop));
        assertThat(tsuru.post("/1.0/apps/going/cname", "cname", SHOP).status()).isEqualTo(200);
        refused(() -> new Client(tls(), SHOP, shop));

        set("going", SHOP, shop);
        drop("going");
        Eventually.is("nothing is shown", () -> isRefused(SHOP));
        assertThat(server.run("doctor").output()).contains("0 findings");
    }

    @Test
    void aSwapTakesItAlong() throws Exception {
        app("left", SHOP);
        app("right", BLOG);
        set("left", SHOP, shop);
        set("right", BLOG, blog);
        assertThat(tsuru.post("/1.0/swap", "app1", "left", "app2", "right", "cnameOnly", "true")
                        .status())
                .isEqualTo(200);

        assertThat(names("left")).containsExactly(BLOG);
        assertThat(names("right")).containsExactly(SHOP);
        try (Client asked = new Client(tls(), SHOP, shop)) {
            assertThat(asked.get("/")).startsWith("HTTP/1.1 200");
        }
        server.restart();
        try (Client asked = new Client(tls(), BLOG, blog)) {
            assertThat(asked.get("/")).startsWith("HTTP/1.1 200");
        }
        assertThat(server.run("doctor").output()).contains("0 findings");
        drop("left");
        drop("right");
    }

    @Test
    void whatIsNoCertificateForTheNameIsRefusedAndNothingChanges() throws Exception {
        app("picky", SHOP);
        set("picky", SHOP, shop);
        String path = "/1.2/apps/picky/certificate";
        Reply foreignKey = tsuru.put(
                path,
                "cname",
                SHOP,
                "certificate",
                shop.certificatePem(),
                "key",
                blog.keyPem().value());
        assertThat(foreignKey.status()).isEqualTo(400);
        assertThat(foreignKey.body()).contains("the key is not the certificate's");
        Reply foreignName = tsuru.put(
                path,
                "cname",
                SHOP,
                "certificate",
                blog.certificatePem(),
                "key",
                blog.keyPem().value());
        assertThat(foreignName.status()).isEqualTo(400);
        assertThat(foreignName.body()).contains("valid for " + BLOG + ", not " + SHOP);
        try (Client asked = new Client(tls(), SHOP, shop)) {
            assertThat(asked.get("/")).startsWith("HTTP/1.1 200");
        }
        drop("picky");
    }

    @Test
    void programsMaySendItsBytesInBase64() throws Exception {
        app("typed", SHOP);
        Base64.Encoder base64 = Base64.getEncoder();
        String json = "{\"cname\": \"" + SHOP + "\", \"certificate\": \""
                + base64.encodeToString(shop.certificatePem().getBytes(StandardCharsets.UTF_8)) + "\", \"key\": \""
                + base64.encodeToString(shop.keyPem().value().getBytes(StandardCharsets.UTF_8)) + "\"}";
        Reply set = tsuru.sendJson("PUT", "/1.0/apps/typed/certificate", json);
        assertThat(set.status()).as(set.body()).isEqualTo(200);
        assertThat(names("typed")).containsExactly(SHOP);
        drop("typed");
    }

    @Test
    void whatIsNotThereIsSaidSo() {
        assertThat(tsuru.delete("/1.24/apps/absent/certissuer?cname=" + SHOP).status())
                .isEqualTo(404);
        assertThat(tsuru.get("/1.24/apps/absent/certificate").status()).isEqualTo(404);
    }

    @Test
    void aRouterApartServesByWhatItKeptWhenItIsStartedWithoutAServer() throws Exception {
        int admin;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            admin = free.getLocalPort();
        }
        TestServer apart = TestServer.start(
                settings -> settings.put("no-router", true).put("router-admin-listen", "127.0.0.1:" + admin));
        Process router = apart.startCommand("router");
        try {
            InetSocketAddress address = tls(apart);
            Installation there = Installation.on(apart, List.of("static"));
            Eventually.is("the router answers", () -> listens(admin));
            appAt(there, "lonely", SHOP);
            setAt(there, "lonely", SHOP, shop);
            Eventually.is("it is shown", () -> !isRefused(address, SHOP, shop));

            apart.terminate();
            router.destroy();
            assertThat(router.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            Path kept = apart.data().resolve("router/certificates");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept)))
                    .isEqualTo("rw-------");
            router = apart.startCommand("router");

            Eventually.is("it is shown again", () -> !isRefused(address, SHOP, shop));
            apart.restart();
            setAt(there, "lonely", SHOP, renewed);
            Eventually.is("the new one is shown", () -> !isRefused(address, SHOP, renewed));
            assertThat(there.tsuru()
                            .delete("/1.2/apps/lonely/certificate?cname=" + SHOP)
                            .status())
                    .isEqualTo(200);
            Eventually.is("none is shown", () -> isRefused(address, SHOP, renewed));
        } finally {
            router.destroyForcibly();
            apart.close();
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private void app(String name, String cname) {
        appAt(here, name, cname);
    }

    private static void appAt(Installation at, String name, String cname) {
        Reply created = at.tsuru()
                .post(
                        "/1.0/apps",
                        "name",
                        name,
                        "platform",
                        "static",
                        "pool",
                        Installation.POOL,
                        "teamOwner",
                        Installation.TEAM,
                        "router",
                        "tls");
        assertThat(created.status()).as(created.body()).isEqualTo(201);
        at.deploy(name, Source.example("static"));
        assertThat(at.tsuru()
                        .post("/1.0/apps/" + name + "/cname", "cname", cname)
                        .status())
                .isEqualTo(200);
    }

    private void drop(String app) {
        assertThat(tsuru.delete("/1.0/apps/" + app).error()).isEmpty();
    }

    private void set(String app, String name, Certificates certificate) throws Exception {
        setAt(here, app, name, certificate);
    }

    private static void setAt(Installation at, String app, String name, Certificates certificate) throws Exception {
        Reply set = at.tsuru()
                .put(
                        "/1.2/apps/" + app + "/certificate",
                        "cname",
                        name,
                        "certificate",
                        certificate.certificatePem(),
                        "key",
                        certificate.keyPem().value());
        assertThat(set.status()).as(set.body()).isEqualTo(200);
    }

    /** The names of an app that have a certificate. */
    private List<String> names(String app) {
        return here.info(app).path("certificates").findValuesAsText("name");
    }

    private InetSocketAddress tls() {
        return tls(server);
    }

    private static InetSocketAddress tls(TestServer server) {
        URI address = URI.create("https://" + server.settingsRead().routerTlsListen());
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort());
    }

    private boolean isRefused(String host) {
        return isRefused(tls(), host, shop);
    }

    private static boolean isRefused(InetSocketAddress address, String host, Certificates trusted) {
        try (Client asked = new Client(address, host, trusted)) {
            return !asked.get("/").startsWith("HTTP/1.1 200");
        } catch (IOException refused) {
            return true;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private interface Opening {
        Client open() throws Exception;
    }

    private static void refused(Opening opening) throws Exception {
        try (Client client = opening.open()) {
            throw new AssertionError("was let in with " + client.protocol());
        } catch (SSLHandshakeException expected) {
            // As it should.
        }
    }

    /** Somebody who asks for a name over TLS and believes these certificates only, on one connection. */
    private static final class Client implements AutoCloseable {
        private final SSLSocket socket;
        private final String host;

        Client(InetSocketAddress address, String host, Certificates trusted, String... protocols) throws Exception {
            this(address, host, List.of(trusted), protocols);
        }

        Client(InetSocketAddress address, String host, Certificates one, Certificates other) throws Exception {
            this(address, host, List.of(one, other));
        }

        private Client(InetSocketAddress address, String host, List<Certificates> trusted, String... protocols)
                throws Exception {
            this.host = host;
            Socket plain = new Socket();
            plain.connect(address, (int) LIMIT.toMillis());
            plain.setSoTimeout((int) LIMIT.toMillis());
            socket = (SSLSocket)
                    Certificates.trusted(trusted).getSocketFactory().createSocket(plain, host, address.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(host)));
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            if (protocols.length > 0) {
                parameters.setProtocols(protocols);
            }
            socket.setSSLParameters(parameters);
            try {
                socket.startHandshake();
            } catch (IOException e) {
                socket.close();
                throw e;
            }
            X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            assertThat(shown.getSubjectAlternativeNames()).isNotEmpty();
        }

        String protocol() {
            return socket.getSession().getProtocol();
        }

        String cipher() {
            return socket.getSession().getCipherSuite();
        }

        /** The head and a body with its length. */
        String get(String path) throws IOException {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("closed after " + head);
                }
                head.append((char) next);
            }
            for (String line : head.toString().lines().toList()) {
                if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    in.readNBytes(Integer.parseInt(
                            line.substring(line.indexOf(':') + 1).strip()));
                }
            }
            return head.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
