package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Apps that sleep until somebody wants them, and the names of versions and processes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
@SuppressWarnings("NullAway.Init") // Set before all tests.
class SleepIT {
    private static final String DOMAIN = ".apps.example.com";

    /** Does not start when it is told not to, and needs two seconds for some requests. */
    private static final String NAPPER = """
            import http.server, os, sys, time
            if os.environ.get("BROKEN"):
                print("no coffee", flush=True)
                sys.exit(3)
            page = "awake: %s of %s" % (os.environ["TSURU_PROCESSNAME"], os.environ["TSURU_APPVERSION"])
            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    if self.path == "/slow":
                        time.sleep(2)
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    self.wfile.write(page.encode())
            http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
            """;

    private TestServer server;
    private Installation here;
    private Tsuru tsuru;
    private HttpServer proxy;

    @BeforeAll
    void start() throws IOException {
        proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        proxy.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        proxy.createContext("/", exchange -> {
            byte[] page = ("a proxy for " + exchange.getRequestHeaders().getFirst("Host")).getBytes(UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        proxy.start();
        server = TestServer.start(settings -> {
            settings.putObject("outgoing").putArray("allow").add("127.0.0.0/8");
            // By the types of old a router tells one address only.
            ((ObjectNode) settings.path("routers").path(0)).put("type", "builtin");
        });
        here = Installation.on(server, List.of("static", "python"));
        tsuru = here.tsuru();
    }

    @AfterAll
    void stop() {
        server.close();
        proxy.stop(0);
    }

    @AfterEach
    void theDoctorFindsNothing() {
        TestServer.Said said = server.run("doctor");
        assertThat(said.code()).as(said.output()).isZero();
    }

    private static Source napper() {
        return new Source(Map.of(
                "Procfile", "web: python app.py\nclock: python app.py\n", "app.py", NAPPER, "requirements.txt", ""));
    }

    private String proxyUrl() {
        return "http://127.0.0.1:" + proxy.getAddress().getPort();
    }

    private void succeeds(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.error()).as(reply.body()).isEmpty();
    }

    private void sleep(String app, String... how) {
        succeeds(tsuru.post("/1.0/apps/" + app + "/sleep", how));
        assertThat(statuses(app)).isNotEmpty().containsOnly("asleep");
    }

    private List<String> statuses(String app) {
        return here.info(app).path("units").findValuesAsText("Status");
    }

    private List<JsonNode> wakes(String app) {
        List<JsonNode> wakes = new ArrayList<>();
        Reply events = tsuru.get("/1.1/events?target.type=app&kindName=app.wake&target.value=" + app);
        if (events.status() == 200) {
            events.json().forEach(wakes::add);
        }
        return wakes;
    }

    private String page(String name) {
        return new Visitor(server.router(), name + DOMAIN).page();
    }

    @Test
    void manyVisitorsWakeAnAppAndOneEventDoesIt() {
        here.create("nap", "python", napper());
        succeeds(tsuru.put("/1.0/apps/nap/units", "units", "1", "process", "web"));
        CompletableFuture<Reply> underWay = CompletableFuture.supplyAsync(() -> look("nap", "/slow"));
        Eventually.holds(() -> assertThat(requestsUnderWay()).isPositive());

        sleep("nap", "wake", "true");

        assertThat(underWay.join().body()).isEqualTo("awake: web of 1");
        assertThat(statuses("nap")).hasSize(3);
        assertThat(tsuru.get("/1.0/apps?status=asleep").body()).contains("\"nap\"");
        assertThat(here.info("nap").path("quota").path("inuse").asInt()).isEqualTo(3);
        assertThat(here.processes("nap")).isEmpty();

        List<CompletableFuture<Reply>> visits = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            visits.add(CompletableFuture.supplyAsync(
                    () -> look("nap", "/"), task -> Thread.ofVirtual().start(task)));
        }
        assertThat(visits).allSatisfy(visit -> {
            assertThat(visit.join().body()).isEqualTo("awake: web of 1");
            assertThat(visit.join().status()).isEqualTo(200);
        });
        Eventually.holds(() -> assertThat(statuses("nap")).hasSize(3).containsOnly("started"));
        assertThat(wakes("nap")).hasSize(1);
        Eventually.holds(() ->
                assertThat(wakes("nap").getFirst().path("Running").asBoolean()).isFalse());
        assertThat(wakes("nap").getFirst().path("Error").asText()).isEmpty();
        assertThat(wakes("nap").getFirst().path("Log").asText()).contains("Waking the app \"nap\"");
    }

    private Reply look(String app, String path) {
        try {
            return here.visitor(app).look(path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private long requestsUnderWay() {
        return tsuru.get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("orizuru_router_requests_active "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' '))))
                .sum();
    }

    @Test
    void noVisitorIsLostWhenAnAppGoesToSleep() {
        here.create("busy", "static", Source.example("static"));
        Visits visits = Visits.of(here.visitor("busy"));
        try (visits) {
            for (int i = 0; i < 3; i++) {
                int before = visits.served();
                int wakes = wakes("busy").size();
                succeeds(tsuru.post("/1.0/apps/busy/sleep", "wake", "true"));
                Eventually.holds(() -> assertThat(wakes("busy")).hasSizeGreaterThan(wakes));
                Eventually.holds(() -> assertThat(statuses("busy")).containsOnly("started"));
                assertThat(visits.served()).isGreaterThan(before);
            }
        }
        assertThat(visits.failed()).isEmpty();
    }

    @Test
    void aProxyAnswersForAnAppThatSleeps() {
        here.create("posed", "static", Source.example("static"));
        String sleep = "/1.0/apps/posed/sleep";
        assertThat(tsuru.post(sleep).body()).isEqualTo("Empty proxy URL\n");
        assertThat(tsuru.post(sleep, "proxy", "https://me:secret@example.org").body())
                .startsWith("Invalid proxy URL")
                .doesNotContain("secret");
        assertThat(tsuru.post(sleep, "proxy", "http://169.254.169.254").body()).contains("metadata service");

        sleep("posed", "proxy", proxyUrl());
        assertThat(page("posed")).startsWith("a proxy for posed" + DOMAIN);
        assertThat(page("v1.version.posed")).startsWith("a proxy for v1.version.posed" + DOMAIN);
        assertThat(wakes("posed")).isEmpty();

        succeeds(tsuru.post("/1.0/apps/posed/start"));
        assertThat(page("posed")).contains("It flies.");

        sleep("posed", "proxy", proxyUrl(), "wake", "true");
        assertThat(page("posed")).startsWith("a proxy for");
        Eventually.holds(() -> assertThat(page("posed")).contains("It flies."));
        assertThat(wakes("posed")).hasSize(1);
    }

    @Test
    void whatIsDoneToAnAppThatSleepsLeavesItAsUsersExpect() {
        here.create("calm", "static", Source.example("static"));
        sleep("calm", "proxy", proxyUrl());
        succeeds(tsuru.post("/1.0/apps/calm/env", "Envs.0.Name", "TEA", "Envs.0.Value", "green"));
        succeeds(tsuru.post("/1.0/apps/calm/restart"));
        assertThat(statuses("calm")).containsOnly("asleep");
        assertThat(tsuru.put("/1.0/apps/calm/units", "units", "1").body())
                .isEqualTo("cannot add units to an app that has stopped or sleeping units\n");
        Reply rebuilt = tsuru.post("/1.0/apps/calm/routes");
        assertThat(rebuilt.json().path("main").path("Removed").isNull())
                .as(rebuilt.body())
                .isTrue();
        assertThat(page("calm")).startsWith("a proxy for");

        succeeds(tsuru.post("/1.0/apps/calm/stop"));
        assertThat(page("calm")).startsWith("503");
        assertThat(tsuru.post("/1.0/apps/calm/sleep", "wake", "true").error())
                .contains("nothing of it runs that could be put to sleep");
        succeeds(tsuru.post("/1.0/apps/calm/start"));
        assertThat(page("calm")).contains("It flies.");

        sleep("calm", "wake", "true");
        here.deploy("calm", Source.example("static").replacing("index.html", "It flies.", "It flies again."));
        assertThat(statuses("calm")).containsExactly("started");
        assertThat(page("calm")).contains("It flies again.");
        assertThat(wakes("calm")).isEmpty();
    }

    @Test
    void anAppThatDoesNotWakeSaysSoToItsVisitorAndInItsEvent() {
        here.create("heavy", "python", napper());
        sleep("heavy", "wake", "true");
        succeeds(tsuru.post("/1.0/apps/heavy/env", "Envs.0.Name", "BROKEN", "Envs.0.Value", "1"));

        Reply refused = look("heavy", "/");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.body()).contains("is asleep and could not be woken: its units did not start");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        Eventually.holds(() ->
                assertThat(wakes("heavy").getFirst().path("Error").asText()).contains("did not become healthy"));
        assertThat(wakes("heavy").getFirst().path("Log").asText()).contains("no coffee");
        assertThat(statuses("heavy")).containsOnly("asleep");
        assertThat(look("heavy", "/").status()).isEqualTo(503);
        assertThat(wakes("heavy")).hasSize(1);

        succeeds(tsuru.delete("/1.0/apps/heavy/env?env=BROKEN"));
        Eventually.holds(() -> assertThat(page("heavy")).isEqualTo("awake: web of 1"));
    }

    @Test
    void anAppThatWokeWhileTheServerWasKilledIsAwake() throws Exception {
        here.create("deep", "static", Source.example("static"));
        sleep("deep", "wake", "true");
        Path armed = server.data().resolveSibling("fail-points");
        Path reached = server.data().resolveSibling("fail-points.reached");
        server.restart(List.of("-Dorizuru.fail-points=" + armed));
        Files.writeString(armed, "converge.after-start@deep\n");
        CompletableFuture<Void> visit = CompletableFuture.runAsync(
                () -> page("deep"), task -> Thread.ofVirtual().start(task));
        Eventually.is("held while it wakes", () -> Files.exists(reached));
        server.kill();
        visit.join();
        Files.delete(armed);
        server.restart();
        assertThat(page("deep")).contains("It flies.");
        Eventually.holds(() -> assertThat(statuses("deep")).containsExactly("started"));
        assertThat(wakes("deep")).hasSize(1);
        Eventually.holds(() ->
                assertThat(wakes("deep").getFirst().path("Running").asBoolean()).isFalse());
        assertThat(wakes("deep").getFirst().path("Error").asText()).isEmpty();
    }

    @Test
    void versionsAndProcessesHaveNamesThatFollowWhatRuns() {
        here.create("two", "python", napper());
        Reply beside = tsuru.multipart("POST", "/1.0/apps/two/deploy", napper().archive(), "new-version", "true");
        assertThat(beside.body()).endsWith("\nOK\n");

        assertThat(page("two")).isEqualTo("awake: web of 1");
        assertThat(page("v1.version.two")).isEqualTo("awake: web of 1");
        assertThat(page("v2.version.two")).isEqualTo("awake: web of 2");
        assertThat(page("web.process.two")).isEqualTo("awake: web of 1");
        assertThat(page("v2.version.clock.process.two")).isEqualTo("awake: clock of 2");
        assertThat(page("clock.process.two")).isEqualTo("awake: clock of 1");
        assertThat(page("v3.version.two")).startsWith("404");
        List<String> addresses = new ArrayList<>();
        here.info("two").path("routers").path(0).path("addresses").forEach(address -> addresses.add(address.asText()));
        assertThat(addresses).hasSize(9).first().asString().startsWith("two" + DOMAIN);
        assertThat(addresses).anyMatch(address -> address.startsWith("v2.version.clock.process.two" + DOMAIN));

        for (String taken : List.of("v1.version.two" + DOMAIN, "*.version.two" + DOMAIN, "*.example.com", "*.com")) {
            Reply refused = tsuru.post("/1.0/apps/two/cname", "cname", taken);
            assertThat(refused.status()).as(taken).isEqualTo(400);
            assertThat(refused.body()).startsWith("Invalid cname: " + taken);
        }

        Reply instead =
                tsuru.multipart("POST", "/1.0/apps/two/deploy", napper().archive(), "override-versions", "true");
        assertThat(instead.body()).endsWith("\nOK\n");
        assertThat(page("v1.version.two")).startsWith("404");
        assertThat(page("v3.version.two")).isEqualTo("awake: web of 3");
        assertThat(page("web.process.two")).isEqualTo("awake: web of 3");
    }
}
