package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A service of somebody else's, which the test plays: instances of it, apps bound to them, and what happens when it fails. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class ServicesIT {
    private static final String PASSWORD = "the service's own password";
    private static final String SECRET = "s3cret-of-the-database";
    private static final int HALTED = 137;

    /** An app whose page is its environment's part that matters here. */
    private static final Source SHOWING =
            Source.example("python").with("requirements.txt", "").with("app.py", """
            import http.server, os
            class Page(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(200)
                    self.end_headers()
                    seen = [os.environ.get(n, "none") for n in ("DB_PASSWORD", "TSURU_SERVICES")]
                    self.wfile.write(("ok " + " ".join(seen)).encode())
            http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
            """);

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;
    private final HttpServer http;

    /** What the service was asked for, as {@code POST /resources name=…}. */
    private final List<String> asked = new CopyOnWriteArrayList<>();
    /** The instances that it has. */
    private final Set<String> made = ConcurrentHashMap.newKeySet();
    /** The status to answer a request with that begins so; else it does what it is asked for. */
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();

    private volatile CountDownLatch held = new CountDownLatch(0);

    ServicesIT(TestServer server) throws IOException {
        this.server = server;
        here = Installation.on(server, List.of("static", "python"));
        tsuru = here.tsuru();
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        http.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            }
        });
        http.start();
        Reply offered = tsuru.post(
                "/1.0/services",
                "id",
                "store",
                "username",
                "us",
                "password",
                PASSWORD,
                "endpoint",
                "http://127.0.0.1:" + http.getAddress().getPort() + "/api",
                "team",
                Installation.TEAM);
        assertThat(offered.status()).as(offered.body()).isEqualTo(201);
    }

    @AfterAll
    void close() {
        held.countDown();
        http.stop(0);
    }

    @BeforeEach
    void begin() {
        held.countDown();
        refusals.clear();
        asked.clear();
        if (!server.isRunning()) {
            server.restart();
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body =
                URLDecoder.decode(new String(exchange.getRequestBody().readAllBytes(), UTF_8), StandardCharsets.UTF_8);
        String path = exchange.getRequestURI().getPath().replaceFirst("^/api", "");
        String credentials = Base64.getEncoder().encodeToString(("us:" + PASSWORD).getBytes(UTF_8));
        if (!("Basic " + credentials).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            reply(exchange, 401, "who are you?");
            return;
        }
        String request = exchange.getRequestMethod() + " " + path + " " + body;
        asked.add(request + " for " + exchange.getRequestHeaders().getFirst("X-Tsuru-User"));
        try {
            var unused = held.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Integer refusal = refusals.entrySet().stream()
                .filter(one -> request.startsWith(one.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
        if (refusal != null) {
            reply(exchange, refusal, "not today");
        } else if (request.startsWith("POST /resources ")) {
            String name = body.replaceAll("^.*?name=([^&]*).*$", "$1");
            reply(exchange, made.add(name) ? 201 : 409, "");
        } else if (request.matches("DELETE /resources/[^/]+ .*")) {
            reply(exchange, made.remove(path.substring("/resources/".length())) ? 200 : 404, "");
        } else if (request.startsWith("POST ") && path.endsWith("/bind-app")) {
            reply(exchange, 201, "{\"DB_PASSWORD\": \"" + SECRET + "\"}");
        } else if (path.endsWith("/status")) {
            reply(exchange, 204, "");
        } else {
            reply(exchange, 200, "");
        }
    }

    private static void reply(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private void make(String name) {
        Reply reply = tsuru.post(
                "/1.0/services/store/instances", "name", name, "owner", Installation.TEAM, "parameters.size", "3");
        assertThat(reply.status()).as(reply.body()).isEqualTo(201);
    }

    private static void well(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.error()).as(reply.body()).isEmpty();
    }

    private String instances() {
        return tsuru.get("/1.0/services/instances").body();
    }

    @Test
    void aServiceIsToldAllOfANewInstanceAndWhoAsks() {
        make("told");
        assertThat(asked).hasSize(1);
        assertThat(asked.getFirst())
                .startsWith("POST /resources name=told&team=" + Installation.TEAM + "&user=" + server.adminEmail())
                .contains("&eventid=")
                .contains("parameters.size=3")
                .endsWith(" for " + server.adminEmail());
        assertThat(tsuru.get("/1.0/services/store/instances/told/status").body())
                .isEqualTo("Service instance \"told\" is up");
        well(tsuru.delete("/1.0/services/store/instances/told"));
        assertThat(made).doesNotContain("told");
    }

    @Test
    void aBoundAppGetsTheVariablesAndLosesThemAgain() {
        here.create("shop", "python", SHOWING);
        make("db");
        Set<String> before = here.units("shop");
        well(tsuru.put("/1.0/services/store/instances/db/shop"));
        assertThat(here.units("shop")).doesNotContainAnyElementsOf(before);
        assertThat(here.visitor("shop").page())
                .contains("ok " + SECRET)
                .contains("{\"store\":[{\"instance_name\":\"db\",\"envs\":{\"DB_PASSWORD\":\"" + SECRET + "\"}}]}");
        assertThat(here.info("shop").path("serviceInstanceBinds").findValuesAsText("instance"))
                .containsExactly("db");
        Eventually.holds(() -> assertThat(asked)
                .anyMatch(request -> request.startsWith("POST /resources/db/bind ")
                        && request.matches("(?s).*unit-host=[0-9.]+.*")));

        // A variable of the app's own of that name does not reach it, and the bind outlives changes and going back.
        well(tsuru.post("/1.0/apps/shop/env", "Envs.0.Name", "DB_PASSWORD", "Envs.0.Value", "mine"));
        assertThat(here.visitor("shop").page()).contains("ok " + SECRET);
        well(tsuru.post("/1.0/apps/shop/deploy/rollback", "release", "1"));
        assertThat(here.visitor("shop").page()).contains("ok " + SECRET);

        assertThat(tsuru.put("/1.13/services/store/instances/db/apps/shop").status())
                .isEqualTo(409);
        assertThat(tsuru.delete("/1.0/services/store/instances/db").status()).isEqualTo(400);
        well(tsuru.delete("/1.13/services/store/instances/db/apps/shop"));
        assertThat(here.visitor("shop").page()).doesNotContain(SECRET).contains("{}");
        assertThat(asked).anyMatch(request -> request.startsWith("DELETE /resources/db/bind-app "));
        assertThat(here.info("shop").path("serviceInstanceBinds")).isEmpty();
        well(tsuru.delete("/1.0/services/store/instances/db"));
    }

    @Test
    void withoutARestartTheVariablesWaitForTheNextUnits() {
        here.create("later", "python", SHOWING);
        make("waiting");
        Set<String> before = here.units("later");
        well(tsuru.put("/1.0/services/store/instances/waiting/later", "noRestart", "true"));
        assertThat(here.units("later")).isEqualTo(before);
        assertThat(here.visitor("later").page()).doesNotContain(SECRET);
        well(tsuru.post("/1.0/apps/later/restart"));
        assertThat(here.visitor("later").page()).contains(SECRET);

        // Removing the instance unbinds the app, by an operation of the app's own.
        well(tsuru.delete("/1.0/services/store/instances/waiting?unbindall=true"));
        assertThat(here.visitor("later").page()).doesNotContain(SECRET);
        assertThat(instances()).doesNotContain("waiting");
    }

    @Test
    void aRemovedAppIsUnbound() {
        here.create("brief", "static");
        make("shared");
        well(tsuru.put("/1.0/services/store/instances/shared/brief"));
        well(tsuru.delete("/1.0/apps/brief"));
        assertThat(asked).anyMatch(request -> request.startsWith("DELETE /resources/shared/bind-app "));
        well(tsuru.delete("/1.0/services/store/instances/shared"));
    }

    @Test
    void whatTheServiceRefusesLeavesNothing() {
        refusals.put("POST /resources ", 500);
        Reply refused = tsuru.post("/1.0/services/store/instances", "name", "no-way", "owner", Installation.TEAM);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body())
                .contains("Failed to create the instance no-way")
                .contains("not today (code: 500)");
        assertThat(instances()).doesNotContain("no-way");

        refusals.clear();
        here.create("patient", "static");
        make("unready");
        int release = here.info("patient").path("release").asInt();
        refusals.put("POST /resources/unready/bind-app", 412);
        Reply notReady = tsuru.put("/1.0/services/store/instances/unready/patient");
        assertThat(notReady.status()).isEqualTo(400);
        assertThat(notReady.body()).contains("not ready yet");
        assertThat(here.info("patient").path("release").asInt()).isEqualTo(release);
        assertThat(here.info("patient").path("serviceInstanceBinds")).isEmpty();

        refusals.put("DELETE /resources/unready", 500);
        Reply kept = tsuru.delete("/1.0/services/store/instances/unready");
        assertThat(kept.status() + kept.body()).contains("not today");
        assertThat(instances()).contains("unready");
        well(tsuru.delete("/1.0/services/store/instances/unready?ignoreerrors=true"));
        assertThat(instances()).doesNotContain("unready");
    }

    @Test
    void aServiceThatDoesNotUnbindKeepsTheAppBoundUnlessForced() {
        here.create("stuck", "static");
        make("sticky");
        well(tsuru.put("/1.0/services/store/instances/sticky/stuck", "noRestart", "true"));
        refusals.put("DELETE /resources/sticky/bind-app", 500);
        assertThat(tsuru.delete("/1.0/services/store/instances/sticky/stuck").body())
                .contains("not today");
        assertThat(tsuru.get("/1.0/apps/stuck/env").body()).contains(SECRET);
        well(tsuru.delete("/1.0/services/store/instances/sticky/stuck?force=true"));
        assertThat(tsuru.get("/1.0/apps/stuck/env").body()).doesNotContain(SECRET);
        well(tsuru.delete("/1.0/services/store/instances/sticky"));
    }

    @Test
    void anInstanceWhoseServerDiedWhileItWasMadeIsMadeOnce() {
        diesAt("service.answered-worked", "phoenix");
        assertThat(tsuru.get("/1.0/services/store/instances/phoenix").status()).isEqualTo(200);
        assertThat(made).contains("phoenix");
        assertThat(asked)
                .filteredOn(request -> request.startsWith("POST /resources "))
                .hasSize(2);
        well(tsuru.delete("/1.0/services/store/instances/phoenix"));
    }

    @Test
    void anInstanceThatCannotBeMadeAfterTheCrashIsTakenBackAtTheService() {
        held = new CountDownLatch(1);
        CompletableFuture<Reply> making = tsuru.startForm(
                "POST", "/1.0/services/store/instances", "name", "half-made", "owner", Installation.TEAM);
        Eventually.holds(() -> assertThat(asked).anyMatch(request -> request.contains("name=half-made")));
        server.kill();
        making.exceptionally(brokenOff -> null).join();
        refusals.put("POST /resources ", 500);
        held.countDown();
        Eventually.holds(() -> assertThat(asked).isNotEmpty());
        server.restart();
        Eventually.holds(() -> assertThat(instances()).doesNotContain("half-made"));
        assertThat(made).doesNotContain("half-made");
    }

    /** Makes an instance on a server that dies at a fail point, and waits until the next life has ended it. */
    private void diesAt(String point, String name) {
        server.restart(List.of("-Dorizuru.fail-point=" + point));
        try {
            tsuru.post("/1.0/services/store/instances", "name", name, "owner", Installation.TEAM);
        } catch (CompletionException brokenOff) {
            // That is what is asked for.
        }
        assertThat(server.awaitEnd()).isEqualTo(HALTED);
        server.restart();
        Eventually.holds(
                () -> assertThat(tsuru.get("/1.1/events?running=true").body()).isEmpty());
    }

    @Test
    void requestsArePassedOnButNotPastTheOperationsOfInstances() {
        make("proxied");
        Reply passed = tsuru.post("/1.0/services/store/proxy/proxied?callback=%2Fbackups%3Fkeep%3D3", "a", "b");
        assertThat(passed.status()).as(passed.body()).isEqualTo(200);
        assertThat(asked).anyMatch(request -> request.startsWith("POST /resources/proxied/backups a=b"));
        String place = "/1.0/services/store/proxy/proxied?callback=";
        assertThat(tsuru.delete(place + "%2F").status()).isEqualTo(400);
        assertThat(tsuru.post(place + "%2Fbind-app").body()).contains("is forbidden");
        assertThat(tsuru.get(place + "%2F..%2Fothers%2Fsecrets").status()).isEqualTo(400);
        assertThat(tsuru.get(place + "%2F%252e%252e%2Fothers").status()).isEqualTo(400);
        assertThat(made).contains("proxied");
        well(tsuru.delete("/1.0/services/store/instances/proxied"));
    }

    @Test
    void whatIsWrongOrNotThereIsSaid() {
        make("plain");
        here.create("lonely", "static");
        String apps = "/1.13/services/store/instances/";
        assertThat(tsuru.put(apps + "nowhere/apps/lonely").status()).isEqualTo(404);
        assertThat(tsuru.delete(apps + "nowhere/apps/lonely").status()).isEqualTo(404);
        assertThat(tsuru.put(apps + "plain/apps/nobody").status()).isEqualTo(404);
        Reply ownerless = tsuru.put("/1.0/services/store/instances/plain", "description", "nobody's");
        assertThat(ownerless.status()).isEqualTo(400);
        assertThat(ownerless.body()).contains("please specify the team");
        assertThat(tsuru.delete("/1.0/services/store/instances/permission/plain/" + Installation.TEAM)
                        .status())
                .isEqualTo(403);

        for (String team : List.of("first-guests", "other-guests", "strangers")) {
            assertThat(tsuru.post("/1.0/teams", "name", team).status()).isEqualTo(201);
        }
        well(tsuru.put("/1.0/services/store/team/first-guests"));
        well(tsuru.put("/1.0/services/store/team/other-guests"));
        assertThat(tsuru.delete("/1.0/services/store/team/strangers").status()).isEqualTo(409);
        assertThat(tsuru.put("/1.31/services/nowhere/manifest").status()).isEqualTo(404);
        assertThat(tsuru.put("/1.31/services/store/manifest", "enabled", "perhaps")
                        .status())
                .isEqualTo(400);
        Reply bare = tsuru.post(
                "/1.0/services",
                "id",
                "leaky",
                "password",
                "pw",
                "endpoint",
                "http://us:" + PASSWORD.replace(" ", "%20") + "@example.com",
                "team",
                Installation.TEAM);
        assertThat(bare.status()).isEqualTo(400);
        assertThat(bare.body()).contains("without a user").doesNotContain("own%20password");
        Reply owner = tsuru.delete("/1.0/teams/" + Installation.TEAM);
        assertThat(owner.status()).isEqualTo(403);
        assertThat(owner.body()).contains("Services: store").contains("Service instances: plain");
        well(tsuru.delete("/1.0/services/store/instances/plain"));
    }

    @Test
    void noSecretOfAServiceIsReadAnywhere() {
        make("private");
        here.create("discreet", "static");
        well(tsuru.put("/1.0/services/store/instances/private/discreet"));
        String seen = tsuru.get("/1.1/events?limit=100").body()
                + tsuru.get("/1.0/services").body()
                + tsuru.get("/1.0/services/store").body();
        assertThat(seen).doesNotContain(PASSWORD).doesNotContain(SECRET);
        try (Rows rows = Rows.of(server)) {
            for (String query : List.of(
                    "select encode(password, 'escape') from service",
                    "select encode(environment, 'escape') from release",
                    "select encode(change, 'escape') from event where change is not null",
                    "select encode(result, 'escape') from journal where result is not null",
                    "select message from event_log")) {
                assertThat(rows.column(query)).noneMatch(text -> text.contains(PASSWORD) || text.contains(SECRET));
            }
        }
        well(tsuru.delete("/1.0/apps/discreet"));
        well(tsuru.delete("/1.0/services/store/instances/private"));
    }
}
