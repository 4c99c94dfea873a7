package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** A server that is killed in whatever way: it comes back, its apps serve on, and nothing of it goes on that nobody wants. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SupervisorIT {
    private static TestServer server;
    private static Site site;

    @BeforeAll
    static void start() {
        server = TestServer.startSupervised(settings -> settings.put("router", "own-process"));
        site = Site.on(server);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    @Order(1)
    void aServerThatIsKilledUnderLoadIsBackInSecondsAndVisitorsLoseNothing() throws Exception {
        ProcessHandle killed = server();
        ProcessHandle router = router();
        ProcessHandle postmaster = postmaster();
        assertThat(site.missedWhile(() -> {
                    assertThat(site.page()).isEqualTo("here");
                    killed.destroyForcibly();
                    killed.onExit().get(10, TimeUnit.SECONDS);
                    Site.await("a server again", this::answers);
                    Thread.sleep(500);
                }))
                .isEmpty();
        assertThat(server()).isNotEqualTo(killed);
        assertThat(router()).isEqualTo(router);
        assertThat(postmaster.isAlive()).isFalse();
        assertThat(site.get("/1.0/apps/" + Site.NAME).statusCode()).isEqualTo(200);
        assertThat(site.get("/healthcheck?check=all").statusCode()).isEqualTo(200);
        assertThat(site.get("/metrics").body()).contains("orizuru_router_responses_total");
    }

    @Test
    @Order(2)
    void aRouterThatIsKilledIsStartedAgain() throws Exception {
        ProcessHandle killed = router();
        killed.destroyForcibly();
        killed.onExit().get(10, TimeUnit.SECONDS);
        Site.await("the page again", () -> site.page().equals("here"));
        assertThat(router()).isNotEqualTo(killed);
    }

    @Test
    @Order(3)
    void whoKillsTheSupervisorEndsTheServerAndTheNextOneFindsItsRouter() throws Exception {
        ProcessHandle orphan = server();
        ProcessHandle router = router();
        ProcessHandle postmaster = postmaster();
        server.kill();
        orphan.onExit().get(60, TimeUnit.SECONDS);
        Site.await("the end of the database", () -> !postmaster.isAlive());
        assertThat(site.page()).isEqualTo("here");

        server.restart();

        assertThat(router()).isEqualTo(router);
        Site.await("the page", () -> site.page().equals("here"));
    }

    @Test
    @Order(4)
    void aRouterWithOtherSettingsGivesItsPlaceToANewOne() throws Exception {
        ProcessHandle former = router();
        ProcessHandle orphan = server();
        server.kill();
        orphan.onExit().get(60, TimeUnit.SECONDS);
        Files.writeString(
                server.data().resolveSibling("settings.yaml"),
                "trusted-proxies: [10.9.0.0/16]\n",
                StandardOpenOption.APPEND);

        server.restart();

        Site.await("the end of the former one", () -> !former.isAlive());
        assertThat(router()).isNotEqualTo(former);
        Site.await("the page", () -> site.page().equals("here"));
    }

    @Test
    @Order(5)
    void anAddressThatIsTakenIsToldInALineAndNotTriedAgain() throws Exception {
        for (String taken : List.of("listen", "router-listen")) {
            try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                TestServer.Said said = TestServer.startInVain(settings ->
                        settings.put("router", "own-process").put(taken, "127.0.0.1:" + other.getLocalPort()));
                assertThat(said.output()).contains(Integer.toString(other.getLocalPort()));
                assertThat(said.output()).doesNotContain("\tat ", "started again in");
                assertThat(said.code()).isEqualTo(1);
            }
        }
    }

    @Test
    @Order(6)
    void wrongSettingsAreToldOnce() {
        TestServer.Said said = TestServer.startInVain(settings -> settings.put("router", "somewhere"));
        assertThat(said.code()).as(said.output()).isEqualTo(2);
        assertThat(said.output()).contains("is none of own-process, in-process and none");
    }

    @Test
    @Order(7)
    void whoAsksTheSupervisorToEndEndsAllButUnits() throws Exception {
        ProcessHandle asked = server();
        ProcessHandle router = router();
        ProcessHandle postmaster = postmaster();
        assertThat(server.terminate()).isIn(0, 143);
        assertThat(asked.isAlive() || router.isAlive() || postmaster.isAlive()).isFalse();
        assertThat(site.supervisors()).isNotEmpty();
    }

    private boolean answers() {
        try {
            return URI.create(server.api() + "/healthcheck")
                            .toURL()
                            .openStream()
                            .read()
                    > 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static ProcessHandle server() throws Exception {
        Site.await("a server", () -> child().isPresent());
        return child().orElseThrow();
    }

    private static java.util.Optional<ProcessHandle> child() {
        return server.process()
                .children()
                .filter(child -> says(child, "\0serve\0"))
                .findFirst();
    }

    private static ProcessHandle router() throws Exception {
        Site.await("a router", () -> routers().size() == 1);
        return routers().getFirst();
    }

    private static List<ProcessHandle> routers() {
        return ProcessHandle.allProcesses()
                .filter(process -> says(process, "\0router\0") && says(process, home()))
                .toList();
    }

    private static String home() {
        return server.data().resolveSibling("").toString();
    }

    private static boolean says(ProcessHandle process, String word) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                    .contains(word);
        } catch (IOException goneOrForeign) {
            return false;
        }
    }

    private static ProcessHandle postmaster() throws IOException {
        String pid = Files.readAllLines(server.data().resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst();
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }
}
