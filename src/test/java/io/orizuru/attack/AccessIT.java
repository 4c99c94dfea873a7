package io.orizuru.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.orizuru.attack.People.Person;
import io.orizuru.attack.People.Said;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What people try who may do something, to do more: by keys, by sources, by paths, by names, by sizes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class AccessIT {
    private static final String BOUNDARY = "7d5b9c1e8f0a4b6f";

    /** What reached the service: method and path, as they were sent. */
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private TestServer server;
    private HttpServer store;
    private People people;
    private Person admin;

    @BeforeAll
    void start() throws IOException {
        server = TestServer.start(
                settings -> settings.putObject("outgoing").putArray("allow").add("127.0.0.0/8"));
        people = new People(server);
        admin = people.admin;
        admin.post("/1.0/pools", "name", "here", "public", "true", "default", "true", "provisioner", "process")
                .ok();
        store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        store.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        store.createContext("/", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                exchange.sendResponseHeaders(201, -1);
            }
        });
        store.start();
    }

    @AfterAll
    void stop() {
        server.close();
        store.stop(0);
    }

    // Keys

    @Test
    void nobodyGetsTheKeyOfSomebodyWhoMayMore() {
        Person clerk = people.user("global", "", "user.update.token");
        Person other = people.user("team", people.team(), "app.deploy");
        for (Person victim : List.of(admin, other)) {
            String query = "?user=" + victim.email;
            String before = victim.get("/1.0/users/api-key").ok().json().asText();
            Said shown = clerk.get("/1.0/users/api-key" + query);
            assertThat(shown.status()).as(shown.body()).isEqualTo(403);
            assertThat(shown.body()).doesNotContain(before);
            assertThat(clerk.post("/1.0/users/api-key" + query).status()).isEqualTo(403);
            assertThat(clerk.post("/1.0/users/api-key", "user", victim.email).status())
                    .isEqualTo(403);
            assertThat(victim.get("/1.0/users/api-key").json().asText()).isEqualTo(before);
        }
    }

    @Test
    void aKeyIsForItsUserAndForWhoMayAllThatItsUserMay() {
        String team = people.team();
        Person user = people.user("team", team, "app.deploy", "app.read");
        String key = user.get("/1.0/users/api-key").ok().json().asText();
        assertThat(user.by(key).get("/1.0/users/info").json().path("Email").asText())
                .isEqualTo(user.email);
        assertThat(admin.get("/1.0/users/api-key?user=" + user.email)
                        .ok()
                        .json()
                        .asText())
                .isEqualTo(key);
        Person lead = people.user("team", team, "app");
        people.give(lead.email, people.role("user", "user.update.token"), user.email);
        assertThat(lead.get("/1.0/users/api-key?user=" + user.email).ok().json().asText())
                .isEqualTo(key);
        // The same permissions elsewhere are not those.
        people.give(user.email, people.role("team", "app.read"), people.team());
        assertThat(lead.get("/1.0/users/api-key?user=" + user.email).status()).isEqualTo(403);
    }

    @Test
    void theTokenOfAnAppIsForWhoMayWhatItMay() {
        String team = people.team();
        String app = people.app(team);
        String path = "/1.0/apps/" + app + "/env";
        Person reader = people.user("team", team, "app.read");
        Person owner = people.user("team", team, "app");
        String token = tokenIn(owner.get(path).ok());
        assertThat(token).hasSize(64);
        assertThat(reader.get(path).ok().body()).contains("TSURU_APPNAME").doesNotContain(token);
        assertThat(reader.get(path + "?env=TSURU_APP_TOKEN").ok().body()).doesNotContain(token);
        assertThat(tokenIn(owner.by(token).get(path).ok())).isEqualTo(token);
    }

    private static String tokenIn(Said said) {
        for (var variable : said.json()) {
            if (variable.path("name").asText().equals("TSURU_APP_TOKEN")) {
                return variable.path("value").asText();
            }
        }
        throw new AssertionError(said.body());
    }

    // What is deployed

    private static final Map<String, String> SOURCES = new LinkedHashMap<>(Map.of(
            "file", "app.deploy.upload",
            "archive-url", "app.deploy.archive-url",
            "git-url", "app.deploy.git",
            "image", "app.deploy.image"));

    private static String value(String source, int which) {
        return switch (source) {
            case "archive-url" -> "http://127.0.0.1:9/" + which + ".tar.gz";
            case "git-url" -> "http://127.0.0.1:9/" + which + ".git";
            default -> "v" + which;
        };
    }

    private static String multipart(Map<String, String> fields) {
        StringBuilder body = new StringBuilder();
        fields.forEach((name, value) -> body.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append(name.equalsIgnoreCase("file") ? "\"; filename=\"a.tar.gz" : "")
                .append("\"\r\n\r\n" + value + "\r\n"));
        return body + "--" + BOUNDARY + "--\r\n";
    }

    private static Said deploy(Person caller, String app, String query, Map<String, String> fields) {
        return caller.send(
                "POST",
                "/1.0/apps/" + app + "/deploy" + query,
                "multipart/form-data; boundary=" + BOUNDARY,
                multipart(fields));
    }

    private String deployable(String team) {
        admin.send(
                "POST",
                "/1.0/platforms",
                "multipart/form-data; boundary=" + BOUNDARY,
                multipart(Map.of("name", "static")));
        return people.app(team, "platform", "static");
    }

    @Test
    void noTwoThingsAreDeployedByAnyPermission() {
        String team = people.team();
        String app = deployable(team);
        List<Person> callers = new ArrayList<>(List.of(admin));
        SOURCES.values().forEach(permission -> callers.add(people.user("team", team, permission)));
        callers.add(people.user("team", team, "app.deploy.rollback"));
        List<String> names = new ArrayList<>(SOURCES.keySet());
        names.add("dockerfile");
        for (Person caller : callers) {
            for (String one : names) {
                for (String other : names) {
                    if (!one.equals("file")) {
                        String query = "?" + one.toUpperCase(java.util.Locale.ROOT) + "="
                                + URLEncoder.encode(value(one, 1), StandardCharsets.UTF_8);
                        ambiguous(deploy(caller, app, query, Map.of(other, value(other, 2))), one, other);
                    }
                    if (!one.equals(other)) {
                        ambiguous(
                                deploy(caller, app, "", Map.of(one, value(one, 1), other, value(other, 2))),
                                one,
                                other);
                    }
                }
            }
        }
    }

    private static void ambiguous(Said said, String one, String other) {
        assertThat(said.status()).as(one + " and " + other + ": " + said.body()).isEqualTo(400);
        assertThat(said.body())
                .as(one + " and " + other)
                .containsAnyOf(
                        "names more than one thing to deploy", "given 2 times", "a Dockerfile is not built here");
    }

    @Test
    void theOneThingThatIsDeployedNeedsItsOwnPermission() {
        String team = people.team();
        String app = deployable(team);
        for (String held : SOURCES.values()) {
            Person caller = people.user("team", team, held);
            SOURCES.forEach((source, needed) -> {
                for (String origin : List.of("", "image", "git", "rollback", "app-deploy")) {
                    Map<String, String> fields = new LinkedHashMap<>(Map.of(source, value(source, 1)));
                    fields.put("origin", origin);
                    Said said = deploy(caller, app, "", fields);
                    assertThat(said.status() == 403)
                            .as(held + " deploys " + source + " as " + origin + ": " + said.status() + said.body())
                            .isEqualTo(!held.equals(needed));
                }
            });
        }
    }

    @Test
    void goingBackAndBuildingAgainTakeNothingNew() {
        String team = people.team();
        String app = deployable(team);
        Person roller = people.user("team", team, "app.deploy.rollback");
        Person builder = people.user("team", team, "app.deploy");
        for (String source : List.of("archive-url", "git-url", "dockerfile")) {
            Said back = roller.post(
                    "/1.0/apps/" + app + "/deploy/rollback",
                    "image",
                    "v1",
                    source,
                    value(source, 1),
                    "origin",
                    "rollback");
            assertThat(back.status()).as(source + back.body()).isEqualTo(400);
            Said again =
                    builder.post("/1.3/apps/" + app + "/deploy/rebuild", source, value(source, 1), "origin", "rebuild");
            assertThat(again.status()).as(source + again.body()).isEqualTo(400);
        }
        Said two = roller.send(
                "POST",
                "/1.0/apps/" + app + "/deploy/rollback",
                "application/json",
                "{\"image\":\"v1\",\"IMAGE\":\"v2\"}");
        assertThat(two.status()).as(two.body()).isEqualTo(400);
    }

    // What reaches services

    @Test
    void noSpellingReachesWhatBindsAreMadeBy() {
        String team = people.team();
        Person user = people.user("team", team, "service-instance");
        String service = service(people.team());
        String instance = People.fresh("db");
        admin.post("/1.0/services/" + service + "/instances", "name", instance, "owner", team)
                .ok();
        String place = "/1.0/services/" + service + "/proxy/" + instance + "?callback=";
        for (String path : List.of(
                "/bind-app",
                "/bind",
                "/binds/x",
                "bind-app",
                "/bind-app/",
                "/BIND-APP",
                "/Bind",
                "/bind-app;x",
                "/bind;a=b/",
                "/bind-app.",
                "/bind-app.json",
                "/bind%2Dapp",
                "/b%69nd",
                "/bind-app%00",
                "/bind%2Fx",
                "/./bind-app",
                "/x/../bind-app",
                "/..;/bind-app",
                "/.;/bind",
                "//bind-app",
                "/x//bind-app",
                "/bind-app%20",
                "/bind-app#",
                "/bind-app%3Fx",
                "/bind-app%23",
                "\\bind-app",
                "/x\\..\\bind-app",
                "/%5cbind-app",
                "/%2e%2e/other",
                "/..",
                "/..;/other",
                "/%2E./other/bind",
                "http://elsewhere/bind-app",
                "/ｂind-app",
                "/bınd-app",
                "/bind-app?x#y",
                "/backups\r\nX-Evil: 1",
                "/resources/" + instance + "/bind-app",
                "/resources/" + instance + "/BIND-app",
                "/resources/" + instance + ";/bind-app",
                "/resources/" + instance)) {
            for (String callback : List.of(once(path), once(once(path)), once(once(once(path))))) {
                asked.clear();
                Said said = user.send("POST", place + callback, "text/plain", "x");
                assertThat(said.status()).as(callback + " " + said.body()).isEqualTo(400);
                assertThat(asked).as(callback).isEmpty();
            }
        }
        // Below an instance everything else is free, in the letters that all readers read alike.
        asked.clear();
        assertThat(user.send("POST", place + once("/backups/2026-01.tar?keep=3"), "text/plain", "x")
                        .status())
                .isEqualTo(201);
        assertThat(asked).containsExactly("POST /resources/" + instance + "/backups/2026-01.tar?keep=3");
    }

    @Test
    void theOtherWaysToServicesTakePlainPathsAsWell() {
        String team = people.team();
        Person user = people.user("team", team, "service", "service-instance");
        String service = service(team);
        String instance = People.fresh("db");
        admin.post("/1.0/services/" + service + "/instances", "name", instance, "owner", team)
                .ok();
        asked.clear();
        for (String path :
                List.of("..;/x", "x;y", "%252e%252e/x", "a%252Fb", "a%5Cb", "x%20y", "bind%252Dapp", "caf%C3%A9")) {
            for (String place : List.of(
                    "/1.20/services/" + service + "/resources/" + instance + "/",
                    "/1.21/services/" + service + "/authenticated-resources/",
                    "/1.0/services/proxy/service/" + service + "?callback=/")) {
                if (place.contains("callback") && path.contains("bind")) {
                    continue; // That way reaches all of the service.
                }
                Said said = user.send("POST", place + path, "text/plain", "x");
                assertThat(said.status()).as(place + path + said.body()).isIn(400, 404);
            }
        }
        for (String path : List.of("bind-app", "BIND", "bind%2Dapp", "bind/x")) {
            Said said = user.send(
                    "POST", "/1.20/services/" + service + "/resources/" + instance + "/" + path, "text/plain", "x");
            assertThat(said.status()).as(path + said.body()).isEqualTo(400);
        }
        assertThat(asked).isEmpty();
    }

    private static String once(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private String service(String team) {
        String service = People.fresh("store");
        admin.post(
                        "/1.0/services",
                        "id",
                        service,
                        "username",
                        "us",
                        "password",
                        "secret word",
                        "endpoint",
                        "http://127.0.0.1:" + store.getAddress().getPort(),
                        "team",
                        team)
                .ok();
        return service;
    }

    @Test
    void whoOffersAServiceDoesNotSeeWhatOthersSetForTheirInstances() {
        String offering = people.team();
        String using = people.team();
        String service = service(offering);
        String instance = People.fresh("db");
        admin.post(
                        "/1.0/services/" + service + "/instances",
                        "name",
                        instance,
                        "owner",
                        using,
                        "description",
                        "our plans for spring",
                        "tags",
                        "spring",
                        "parameters.seed",
                        "hunter2")
                .ok();
        Person seller = people.user("team", offering, "service");
        Person user = people.user("team", using, "service-instance");
        Said offered = seller.get("/1.0/services").ok();
        assertThat(offered.body()).contains(instance).doesNotContain("hunter2", "spring");
        assertThat(seller.get("/1.0/services/" + service).body()).doesNotContain("hunter2", "spring");
        assertThat(seller.get("/1.0/services/instances").body()).doesNotContain("hunter2", "spring");
        assertThat(seller.get("/1.1/events").body()).doesNotContain("hunter2", "spring");
        assertThat(user.get("/1.0/services/instances").ok().body()).contains(instance, "hunter2", "spring");
    }

    // What an app may have

    @Test
    void noAppTakesANameThatIsNobodysToTake() {
        String team = people.team();
        String app = people.app(team);
        Person user = people.user("team", team, "app");
        for (String name : List.of(
                "localhost",
                "LOCALHOST",
                "localhost.",
                "x.localhost",
                "*.localhost",
                "127.0.0.1",
                "127.1",
                "2130706433",
                "0x7f000001",
                "0x7f.0.0.1",
                "0177.0.0.1",
                "10.0.0.1.",
                "::1",
                "[::1]",
                "１２７.0.0.1",
                "net",
                "*.net",
                "*.NET",
                "*.net.",
                "com",
                "*.com",
                "co.uk",
                "*.co.uk",
                "*.github.io",
                "github.io",
                "printer.local",
                "db.internal",
                "1.0.0.127.in-addr.arpa",
                "single",
                "*.single",
                "apps.example.com",
                "APPS.example.com.",
                "x.apps.example.com",
                "*.apps.example.com",
                "*.example.com",
                "*.*.shop.net",
                "*",
                "a..shop.net",
                ".shop.net",
                "-.shop.net",
                "xn--net-.shop.net",
                "xn--zz.shop.net",
                "shop.net/x",
                "shop.net:80",
                "a b.shop.net",
                "shop.net\u0000",
                "x".repeat(64) + ".shop.net",
                "x.".repeat(130) + "net",
                "食狮.公司.cn.net\u202e")) {
            Said said = user.post("/1.0/apps/" + app + "/cname", "cname", name);
            assertThat(said.status()).as(name + " " + said.body()).isEqualTo(400);
            assertThat(said.body())
                    .as(name)
                    .matches("(?s)(Invalid cname|the field \"cname\" holds the character U\\+0000).*");
        }
        assertThat(user.get("/1.0/apps/" + app).json().path("cname")).isEmpty();
    }

    @Test
    void aNameIsOneNameHoweverItIsWritten() {
        String team = people.team();
        String app = people.app(team);
        Person user = people.user("team", team, "app");
        user.post("/1.0/apps/" + app + "/cname", "cname", "Bücher.Shop-One.net.")
                .ok();
        assertThat(user.get("/1.0/apps/" + app).json().path("cname").toString())
                .isEqualTo("[\"xn--bcher-kva.shop-one.net\"]");
        assertThat(user.post("/1.0/apps/" + app + "/cname", "cname", "XN--bcher-kva.shop-one.net")
                        .status())
                .isEqualTo(409);
        assertThat(user.send(
                                "DELETE",
                                "/1.0/apps/" + app + "/cname?cname=BÜCHER.shop-one.net".replace("Ü", "%C3%9C"),
                                "",
                                "")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aNeighboursNamesAndWildcardsAreTheirs() {
        String mine = people.team();
        String theirs = people.team();
        String app = people.app(mine);
        String second = people.app(mine);
        String neighbour = people.app(theirs);
        admin.post("/1.0/apps/" + app + "/cname", "cname", "*.wide.net", "cname", "a.narrow.net")
                .ok();
        for (String name :
                List.of("x.wide.net", "a.b.wide.net", "*.wide.net", "*.sub.wide.net", "*.narrow.net", "a.narrow.net")) {
            Said said = admin.post("/1.0/apps/" + neighbour + "/cname", "cname", name);
            assertThat(said.status()).as(name + said.body()).isEqualTo(409);
        }
        admin.post("/1.0/apps/" + neighbour + "/cname", "cname", "wide.net", "cname", "b.narrow.net")
                .ok();
        admin.post("/1.0/apps/" + second + "/cname", "cname", "own.wide.net").ok();
    }

    @Test
    void nobodyGetsANeighboursVisitorsByGivingThemAnApp() {
        String mine = people.team();
        String theirs = people.team();
        String app = people.app(mine);
        String neighbour = people.app(theirs);
        Person user = people.user("team", mine, "app");
        admin.post("/1.0/apps/" + neighbour + "/cname", "cname", "*.given.net").ok();
        user.send(
                "PUT",
                "/1.0/apps/" + app,
                "application/x-www-form-urlencoded",
                "teamOwner=" + theirs + "&noRestart=true");
        Said said = user.post("/1.0/apps/" + app + "/cname", "cname", "pay.given.net");
        assertThat(said.status()).as(said.body()).isIn(403, 409);
        assertThat(admin.get("/1.0/apps/" + app).json().path("cname")).isEmpty();
    }

    @Test
    void anOverrideTakesNoMoreThanThePoolsLargestPlan() {
        String team = people.team();
        String pool = People.fresh("small");
        admin.post("/1.0/pools", "name", pool, "public", "true", "provisioner", "process")
                .ok();
        admin.put("/1.3/constraints", "PoolExpr", pool, "Field", "plan", "Values.0", "c0.1m0.2", "Values.1", "c0.5m1")
                .ok();
        String app = people.app(team, "pool", pool, "plan", "c0.1m0.2");
        Person user = people.user("team", team, "app");
        for (String[] change : new String[][] {
            {"planoverride.memory", String.valueOf(20L << 30)},
            {"planoverride.memory", String.valueOf((1L << 30) + 1)},
            {"planoverride.memory", String.valueOf(Long.MAX_VALUE)},
            {"planoverride.cpumilli", "8000"},
            {"planoverride.cpumilli", "501"},
            {"planoverride.cpuBurst", "6"},
            {"planoverride.cpuBurst", "1e300"},
            {"planoverride.cpuBurst", "Infinity"},
            {"planoverride.cpuBurst", "NaN"},
        }) {
            Said said = user.put("/1.0/apps/" + app, change[0], change[1], "noRestart", "true");
            assertThat(said.status()).as(String.join("=", change) + said.body()).isEqualTo(400);
        }
        user.put("/1.0/apps/" + app, "planoverride.memory", String.valueOf(1L << 30), "noRestart", "true")
                .ok();
        user.put("/1.0/apps/" + app, "planoverride.cpumilli", "500", "noRestart", "true")
                .ok();
    }
}
