package io.orizuru.router.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.orizuru.config.InvalidSettings;
import io.orizuru.config.Settings;
import io.orizuru.config.SettingsReader;
import io.orizuru.failure.StaleEpochException;
import io.orizuru.router.AppCertificates;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.HostCertificate;
import io.orizuru.router.Router;
import io.orizuru.testing.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A router that runs apart and servers that tell it its routes, over real connections. */
@Timeout(60)
class RemoteRoutersTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path data;

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch slowMayEnd = new CountDownLatch(1);
    private final CountDownLatch slowBegan = new CountDownLatch(1);
    private HttpServer unit;
    private Settings settings;
    private StandaloneRouter router;

    @BeforeEach
    void startAll() throws Exception {
        unit = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        unit.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        unit.createContext("/", exchange -> {
            if (exchange.getRequestURI().getPath().equals("/slow")) {
                slowBegan.countDown();
                await(slowMayEnd);
            }
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        unit.start();
        settings = settings();
        router = StandaloneRouter.start(settings);
    }

    @AfterEach
    void stopAll() throws IOException {
        slowMayEnd.countDown();
        router.close();
        unit.stop(0);
        client.close();
    }

    @Test
    void routesServeFromDiskWhenTheRouterStartsAndNoServerIsThere() throws Exception {
        try (RemoteRouters server = server()) {
            main(server).apply(routes(1));
        }
        assertThat(get("/")).isEqualTo(204);

        restartRouter();

        assertThat(get("/")).isEqualTo(204);
    }

    @Test
    void aRouterThatWasNeverToldAllRoutesAnswersThatItDoesNotKnow() throws Exception {
        assertThat(get("/")).isEqualTo(503);
        try (RemoteRouters server = server()) {
            assertThat(server.states()).extracting(RemoteRouters.State::trouble).containsOnlyNulls();
            assertThat(get("/")).isEqualTo(404);
        }
    }

    @Test
    void anOlderEpochIsRefusedWhicheverServerComesWithItAndAlsoAfterARestart() throws Exception {
        try (RemoteRouters server = server()) {
            main(server).apply(routes(5));
        }
        restartRouter();
        RemoteRouters behind = new RemoteRouters(settings.routersApart());
        try (behind) {
            behind.start();
            assertThatThrownBy(() -> main(behind).apply(new AppRoutes("site", 4, Set.of("other.localhost"), List.of())))
                    .isInstanceOf(StaleEpochException.class);
        }
        assertThat(get("/")).isEqualTo(204);
    }

    @Test
    void aRouterThatWasAwayGetsWhatItMissedAndNobodyWaitsForItMeanwhile() throws Exception {
        router.close();
        try (RemoteRouters server = server()) {
            long began = System.nanoTime();
            main(server).apply(routes(1));
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
            assertThat(server.states().getFirst().trouble()).isNotNull();

            router = StandaloneRouter.start(settings);

            awaitStatus(204);
            main(server).apply(new AppRoutes("site", 2, Set.of(), List.of()));
            // It may count as away still, and is not waited for then.
            awaitStatus(404);
        }
    }

    @Test
    void anOperationWaitsForARouterThatIsStartedAnew() throws Exception {
        try (RemoteRouters server = server()) {
            router.close();
            CompletableFuture<Void> applied =
                    CompletableFuture.runAsync(() -> main(server).apply(routes(1)));
            router = StandaloneRouter.start(settings);
            applied.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            awaitStatus(204);
        }
    }

    @Test
    void requestsUnderWayAtTheRouterAreWaitedFor() throws Exception {
        try (RemoteRouters server = server()) {
            main(server).apply(routes(1));
            CompletableFuture<Integer> slow = CompletableFuture.supplyAsync(() -> {
                try {
                    return get("/slow");
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            await(slowBegan);
            assertThat(main(server).awaitIdle(Set.of(backend()), Duration.ofMillis(200)))
                    .isFalse();
            slowMayEnd.countDown();
            assertThat(main(server).awaitIdle(Set.of(backend()), LIMIT)).isTrue();
            assertThat(slow.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(204);
        }
    }

    @Test
    void whoWantsToSeeASleepingAppIsHeardByTheServerAndServedWhenItIsAwake() throws Exception {
        try (RemoteRouters server = server()) {
            AppRoutes.Asleep asleep = new AppRoutes.Asleep(true, List.of());
            main(server)
                    .apply(new AppRoutes(
                            "site", 1, Set.of("127.0.0.1", "site.localhost"), List.of(), Map.of(), List.of(), asleep));
            CompletableFuture<Integer> visit = CompletableFuture.supplyAsync(() -> {
                try {
                    return get("/");
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(server.wakes().await(LIMIT)).containsExactly("site");
            assertThat(visit).isNotDone();
            main(server).apply(routes(2));
            assertThat(visit.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(204);
        }
    }

    @Test
    void aRouterThatIsStartedAnewStillKnowsWhoSleeps() throws Exception {
        AppRoutes.Asleep asleep = new AppRoutes.Asleep(false, List.of(backend()));
        AppRoutes.Part part = new AppRoutes.Part(Set.of("v1.version.site.localhost"), List.of(backend()));
        AppRoutes routes = new AppRoutes(
                "site", 1, Set.of("127.0.0.1", "site.localhost"), List.of(), Map.of(), List.of(part), asleep);
        try (RemoteRouters server = server()) {
            main(server).apply(routes);
            restartRouter();
            assertThat(get("/")).isEqualTo(204);
            assertThat(main(server).observe()).containsExactly(routes);
        }
    }

    @Test
    void nothingIsToldOrTakenWithoutTheCredential() throws Exception {
        URI table = URI.create("http://127.0.0.1:" + router.adminPort() + "/v1/table");
        for (String shown : List.of("", "Bearer ", "Bearer nonsense")) {
            HttpRequest.Builder request = HttpRequest.newBuilder(table).timeout(LIMIT);
            if (!shown.isEmpty()) {
                request.header("Authorization", shown);
            }
            assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void theCredentialIsForItsOwnerAloneAndRefusedOtherwise() throws Exception {
        Path credential = data.resolve("router/credential");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(credential)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(credential, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> new RemoteRouters(settings.routersApart())).hasMessageContaining("chmod 600");
    }

    @Test
    void damagedRoutesAreSetAsideAndBroughtAnew() throws Exception {
        try (RemoteRouters server = server()) {
            main(server).apply(routes(1));
            router.close();
            Path file = data.resolve("router/routes");
            byte[] content = Files.readAllBytes(file);
            content[content.length - 5] ^= 1;
            Files.write(file, content);

            router = StandaloneRouter.start(settings);

            assertThat(data.resolve("router/routes.damaged")).exists();
            awaitStatus(204);
        }
    }

    @Test
    void certificatesAreKeptForTheOwnerAloneAndAnOlderEpochIsRefusedAlsoAfterARestart() throws Exception {
        Certificates one = new Certificates(data, "one", "dns:site.localhost");
        Certificates other = new Certificates(data, "other", "dns:site.localhost");
        try (RemoteRouters server = server()) {
            main(server).applyCertificates(List.of(certificates(7, one)));
        }
        assertThat(Files.getPosixFilePermissions(data.resolve("router/certificates")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        restartRouter();
        assertThat(isShown(one)).isTrue();

        RemoteRouters behind = new RemoteRouters(settings.routersApart());
        try (behind) {
            behind.start();
            main(behind).applyCertificates(List.of(certificates(6, other)));
            assertThat(isShown(one)).isTrue();
            assertThat(isShown(other)).isFalse();
            main(behind).applyCertificates(List.of(new AppCertificates("site", 8, List.of())));
            assertThat(isShown(one)).isFalse();
        }
        restartRouter();
        assertThat(isShown(one)).isFalse();
    }

    @Test
    void aRouterThatWasAwayGetsTheCertificatesThatItMissed() throws Exception {
        Certificates one = new Certificates(data, "one", "dns:site.localhost");
        router.close();
        try (RemoteRouters server = server()) {
            main(server).applyCertificates(List.of(certificates(1, one)));
            router = StandaloneRouter.start(settings);
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (!isShown(one)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            // What vanished without a word goes after a while.
            router.close();
        }
        router = StandaloneRouter.start(settings);
        assertThat(isShown(one)).isTrue();
        try (RemoteRouters server = server()) {
            long deadline = System.nanoTime() + LIMIT.toNanos();
            while (isShown(one)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
            }
            assertThat(server.states()).extracting(RemoteRouters.State::trouble).containsOnlyNulls();
        }
    }

    private static AppCertificates certificates(long epoch, Certificates each) throws Exception {
        return new AppCertificates(
                "site",
                epoch,
                List.of(new HostCertificate("site.localhost", "", each.certificatePem(), each.keyPem())));
    }

    private boolean isShown(Certificates expected) throws Exception {
        try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), router.tlsPort());
                SSLSocket socket = (SSLSocket) expected.trustedAlone()
                        .getSocketFactory()
                        .createSocket(plain, "site.localhost", router.tlsPort(), true)) {
            socket.setSoTimeout((int) LIMIT.toMillis());
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("site.localhost")));
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return true;
        } catch (SSLException refused) {
            return false;
        }
    }

    @Test
    void twoRoutersDoNotShareADirectory() {
        assertThatThrownBy(() -> StandaloneRouter.start(settings)).hasMessageContaining("another router uses");
    }

    private Settings settings() throws IOException, InvalidSettings {
        try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket third = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return SettingsReader.read(
                    List.of(
                            "--no-router",
                            "--data",
                            data.toString(),
                            "--router-listen",
                            "127.0.0.1:" + first.getLocalPort(),
                            "--router-tls-listen",
                            "127.0.0.1:" + third.getLocalPort(),
                            "--router-admin-listen",
                            "127.0.0.1:" + second.getLocalPort()),
                    Map.of(),
                    data,
                    false);
        }
    }

    private RemoteRouters server() {
        RemoteRouters server = new RemoteRouters(settings.routersApart());
        server.start();
        return server;
    }

    private Router main(RemoteRouters server) {
        return server.named(settings.defaultRouter());
    }

    private AppRoutes routes(long epoch) {
        return new AppRoutes("site", epoch, Set.of("127.0.0.1", "site.localhost"), List.of(backend()));
    }

    private Backend backend() {
        return new Backend("site-web-1", "127.0.0.1", unit.getAddress().getPort(), 1);
    }

    private void restartRouter() throws IOException {
        router.close();
        router = StandaloneRouter.start(settings);
    }

    private int get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + router.port() + path))
                .timeout(LIMIT)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private void awaitStatus(int wanted) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (get("/") != wanted) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
