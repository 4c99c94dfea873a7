package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What people do with an app after its first deploy: change it, name it, swap it, go back, look inside. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class AppLifeIT {
    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;

    AppLifeIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
    }

    /** The example's health check wants its own words to stay. */
    private static Source page(String text) {
        return Source.example("static").replacing("index.html", "It flies.", "It flies: " + text + ".");
    }

    private Reply ok(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        if (reply.header("Content-Type").equals("application/x-json-stream")) {
            assertThat(reply.error()).as(reply.body()).isEmpty();
        }
        return reply;
    }

    private String pageAt(String host) {
        return new Visitor(server.router(), host).page();
    }

    private int release(String app) {
        return here.info(app).path("release").asInt();
    }

    @AfterAll
    void allIsSound() {
        here.assertSound();
    }

    @Test
    void anUpdateChangesWhatItNamesAndNothingElse() {
        here.create("plain", "static", page("plain"));
        Set<String> before = here.units("plain");
        ok(tsuru.put("/1.0/apps/plain", "description", "a plain app", "tag", "one", "tag", "two", "tag", "one"));
        assertThat(here.units("plain")).as("a description needs no new units").isEqualTo(before);
        Visits visits = Visits.of(here.visitor("plain"));
        try (visits) {
            ok(tsuru.put("/1.0/apps/plain", "plan", "c0.3m0.5"));
        }
        assertThat(visits.failed()).isEmpty();
        JsonNode info = here.info("plain");
        assertThat(info.path("description").asText()).isEqualTo("a plain app");
        assertThat(info.path("tags")).extracting(JsonNode::asText).containsExactly("one", "two");
        assertThat(info.path("plan").path("name").asText()).isEqualTo("c0.3m0.5");
        assertThat(here.units("plain")).doesNotContainAnyElementsOf(before);

        Reply refused = tsuru.put("/1.0/apps/plain", "plan", "c9m9");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.body()).contains("plan not found");
        assertThat(here.info("plain").path("plan").path("name").asText()).isEqualTo("c0.3m0.5");
    }

    @Test
    void whoLooksAfterMachinesSeesAnAppsUnits() {
        here.create("seated", "static", page("seated"));
        JsonNode listed = tsuru.get("/1.2/node/apps/seated/containers").json();
        assertThat(listed).extracting(unit -> unit.path("ID").asText()).containsExactlyElementsOf(here.units("seated"));
        assertThat(listed.path(0).path("Status").asText()).isEqualTo("started");
        assertThat(listed.path(0).path("HostAddr").asText())
                .isEqualTo(listed.path(0).path("IP").asText());
        assertThat(tsuru.get("/1.0/docker/node/apps/seated/containers").json()).isEqualTo(listed);
    }

    @Test
    void aListTellsOfUnitsUnlessItIsToBeSimple() {
        here.create("counted", "static", page("counted"));
        String list = "/1.0/apps?name=%5Ecounted%24";
        assertThat(tsuru.get(list).json().path(0).path("units").findValuesAsText("ID"))
                .containsExactlyElementsOf(here.units("counted"));
        JsonNode simple = tsuru.get(list + "&simplified=true&status=started").json();
        assertThat(simple).hasSize(1);
        assertThat(simple.path(0).path("units").toString()).isEqualTo("[]");
        assertThat(tsuru.get(list + "&simplified=true&status=stopped").status()).isEqualTo(204);
        assertThat(tsuru.get(list + "&platform=static:latest").json()).hasSize(1);
        assertThat(tsuru.get(list + "&platform=python").status()).isEqualTo(204);
    }

    @Test
    void namesLeadToAnAppAsLongAsTheyAreItsOwn() {
        here.create("named", "static", page("named"));
        here.create("rival", "static", page("rival"));
        ok(tsuru.post("/1.0/apps/named/cname", "cname", "www.shop.test", "cname", "*.wild.test"));
        assertThat(pageAt("www.shop.test")).contains("named");
        assertThat(pageAt("any.wild.test")).contains("named");
        Reply taken = tsuru.post("/1.0/apps/rival/cname", "cname", "other.test", "cname", "www.shop.test");
        assertThat(taken.status()).isEqualTo(409);
        assertThat(here.info("rival").path("cname")).isEmpty();
        assertThat(tsuru.post("/1.0/apps/rival/cname", "cname", "x.apps.example.com")
                        .status())
                .isEqualTo(400);
        ok(tsuru.delete("/1.0/apps/named/cname?cname=www.shop.test"));
        assertThat(pageAt("www.shop.test")).startsWith("404");
        assertThat(pageAt("any.wild.test")).contains("named");
    }

    @Test
    void aSwapMovesVisitorsWithoutAFailedRequest() {
        here.create("blue", "static", page("blue"));
        here.create("green", "static", page("green"));
        ok(tsuru.post("/1.0/apps/blue/cname", "cname", "live.test"));
        Visits blue = Visits.of(here.visitor("blue"));
        Visits live = Visits.of(new Visitor(server.router(), "live.test"));
        try (blue;
                live) {
            assertThat(tsuru.post("/1.0/swap", "app1", "blue", "app2", "green", "cnameOnly", "false")
                            .status())
                    .isEqualTo(200);
            assertThat(here.visitor("blue").page()).contains("green");
            assertThat(here.visitor("green").page()).contains("blue");
            assertThat(pageAt("live.test")).contains("green");
            assertThat(tsuru.delete("/1.0/apps/blue").status()).isEqualTo(412);
            assertThat(tsuru.post("/1.0/swap", "app1", "blue", "app2", "green", "cnameOnly", "false")
                            .status())
                    .isEqualTo(200);
        }
        assertThat(blue.failed()).isEmpty();
        assertThat(live.failed()).isEmpty();
        assertThat(here.visitor("blue").page()).contains("blue");
        assertThat(pageAt("live.test")).contains("blue");
        server.restart();
        assertThat(here.visitor("green").page()).contains("green");
    }

    @Test
    void appsThatDifferAreSwappedOnlyByForce() {
        here.create("ready", "static", page("ready"));
        here.create("empty", "static");
        String[] both = {"app1", "ready", "app2", "empty", "cnameOnly", "false"};
        Reply refused = tsuru.post("/1.0/swap", both);
        assertThat(refused.status()).as(refused.body()).isEqualTo(412);
        assertThat(refused.body()).contains("ready has 1, empty 0");
        assertThat(here.visitor("ready").page()).contains("ready");
        String[] forced = {"app1", "ready", "app2", "empty", "cnameOnly", "false", "force", "true"};
        ok(tsuru.post("/1.0/swap", forced));
        assertThat(here.visitor("empty").page()).contains("ready");
        ok(tsuru.post("/1.0/swap", forced));
        assertThat(here.visitor("ready").page()).contains("ready");
    }

    /** The reference documents paths that it does not answer. */
    @Test
    void documentedPathsThatNoClientAsksForAnswerAsTheOthers() {
        here.create("aliased", "static", page("aliased"));
        String routers = "/app/aliased/routers";
        Set<String> units = here.units("aliased");
        assertThat(tsuru.get(routers).body())
                .contains("\"main\"")
                .isEqualTo(tsuru.get("/1.5/apps/aliased/routers").body());
        ok(tsuru.post(routers, "name", "tls"));
        assertThat(tsuru.get(routers).json().findValuesAsText("name")).containsExactlyInAnyOrder("main", "tls");
        ok(tsuru.delete(routers + "/tls"));
        ok(tsuru.delete(routers + "/main"));
        Reply none = tsuru.get(routers);
        assertThat(none.status()).isEqualTo(204);
        assertThat(none.body()).isEmpty();
        assertThat(pageAt("aliased.apps.example.com")).startsWith("404");
        ok(tsuru.post(routers, "name", "main"));
        assertThat(here.visitor("aliased").page()).contains("aliased");
        assertThat(here.units("aliased")).isEqualTo(units);

        String routable = "/app/aliased/routable";
        assertThat(tsuru.as(null)
                        .post(routable, "version", "1", "isRoutable", "false")
                        .status())
                .isEqualTo(401);
        ok(tsuru.post(routable, "version", "1", "isRoutable", "false"));
        assertThat(here.info("aliased").path("units").path(0).path("Routable").asBoolean())
                .isFalse();
        ok(tsuru.post(routable, "version", "1", "isRoutable", "true"));
        assertThat(here.visitor("aliased").page()).contains("aliased");
    }

    @Test
    void aReleaseIsRolledBackWhole() {
        here.create("whole", "static", page("first"));
        ok(tsuru.post("/1.0/apps/whole/env", "Envs.0.Name", "COLOR", "Envs.0.Value", "red"));
        ok(tsuru.post(
                "/1.0/apps/whole/env", "Envs.0.Name", "KEY", "Envs.0.Value", "s3cret-first", "Envs.0.Private", "true"));
        int good = release("whole");
        here.deploy("whole", page("second"));
        ok(tsuru.post("/1.0/apps/whole/env", "Envs.0.Name", "COLOR", "Envs.0.Value", "blue"));
        ok(tsuru.post("/1.0/apps/whole/env", "Envs.0.Name", "KEY", "Envs.0.Value", "s3cret-second"));
        ok(tsuru.put("/1.0/apps/whole/units", "units", "1", "process", "web"));
        int last = release("whole");

        assertThat(tsuru.get("/1.0/apps/whole/releases").json().findValuesAsText("number"))
                .startsWith(Integer.toString(last), Integer.toString(last - 1))
                .contains(Integer.toString(good));
        Reply diff = tsuru.get("/1.0/apps/whole/releases/" + good + "/diff");
        assertThat(diff.body()).doesNotContain("s3cret");
        assertThat(diff.json().path("environment").toString())
                .contains("\"name\":\"COLOR\",\"before\":\"blue\",\"after\":\"red\"")
                .contains("\"name\":\"KEY\"");

        Reply dry = tsuru.post("/1.0/apps/whole/deploy/rollback", "release", "" + good, "dry", "true");
        assertThat(dry.status()).as(dry.body()).isEqualTo(200);
        assertThat(dry.json().path("if-release").asInt()).isEqualTo(last);
        assertThat(dry.json().path("changes").path("versions").path("after").toString())
                .isEqualTo("[1]");
        assertThat(release("whole")).isEqualTo(last);

        Reply late = tsuru.post("/1.0/apps/whole/deploy/rollback", "release", "" + good, "if-release", "" + (last - 1));
        assertThat(late.status()).as(late.body()).isEqualTo(409);
        assertThat(here.visitor("whole").page()).contains("second");

        Visits visits = Visits.of(here.visitor("whole"));
        try (visits) {
            ok(tsuru.post("/1.0/apps/whole/deploy/rollback", "release", "" + good, "if-release", "" + last));
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(here.visitor("whole").page()).contains("first");
        assertThat(here.units("whole")).hasSize(1);
        assertThat(tsuru.get("/1.0/apps/whole/env").body())
                .contains("\"red\"", "s3cret-first")
                .doesNotContain("blue");
    }

    @Test
    void aVersionIsNamedExactlyAndADisabledOneIsRefusedWithItsReason() {
        here.create("exact", "static", page("one"));
        here.deploy("exact", page("two"));
        ok(tsuru.post("/1.0/apps/exact/deploy/rollback", "image", "v1", "origin", "rollback"));
        assertThat(here.visitor("exact").page()).contains("one");
        ok(tsuru.put("/1.4/apps/exact/deploy/rollback/update", "image", "2", "disable", "true", "reason", "it leaks"));
        Reply disabled = tsuru.post("/1.0/apps/exact/deploy/rollback", "image", "v2", "origin", "rollback");
        assertThat(disabled.error()).contains("disabled for rollback: it leaks");
        Reply unknown = tsuru.post("/1.0/apps/exact/deploy/rollback", "image", "v", "origin", "rollback");
        assertThat(unknown.error()).contains("Invalid version: v");
        assertThat(here.visitor("exact").page()).contains("one");
        ok(tsuru.delete("/1.10/apps/exact/versions/2"));
        Reply gone = tsuru.post("/1.0/apps/exact/deploy/rollback", "image", "v2", "origin", "rollback");
        assertThat(gone.error()).contains("Invalid version: v2");
        assertThat(tsuru.delete("/1.10/apps/exact/versions/1").error()).contains("the only one that runs");
        ok(tsuru.post("/1.3/apps/exact/deploy/rebuild", "origin", "rebuild"));
        assertThat(here.info("exact").path("units").path(0).path("Version").asInt())
                .isEqualTo(3);
        assertThat(here.visitor("exact").page()).contains("one");
    }

    @Test
    void aVersionBesideAnotherGetsRequestsWhenItIsMadeRoutable() {
        here.create("pair", "static", page("old"));
        Reply deployed = tsuru.multipart(
                "POST", "/1.0/apps/pair/deploy", page("new").archive(), "origin", "app-deploy", "new-version", "true");
        assertThat(deployed.body()).endsWith("\nOK\n");
        assertThat(here.units("pair")).hasSize(2);
        assertThat(here.visitor("pair").page()).contains("old");
        Reply ambiguous = tsuru.deploy("pair", page("newer").archive());
        assertThat(ambiguous.status()).isEqualTo(400);
        ok(tsuru.postJson("/1.8/apps/pair/routable", "{\"version\": \"2\", \"isRoutable\": true}"));
        ok(tsuru.postJson("/1.8/apps/pair/routable", "{\"version\": \"1\", \"isRoutable\": false}"));
        assertThat(here.visitor("pair").page()).contains("new");
        ok(tsuru.delete("/1.10/apps/pair/versions/1"));
        assertThat(here.units("pair")).hasSize(1);
        assertThat(here.visitor("pair").page()).contains("new");
    }

    @Test
    void aCommandRunsWhereItIsAskedToAndItsExitCodeIsTold() {
        here.create("inside", "python", Source.example("python"));
        ok(tsuru.post("/1.0/apps/inside/env", "Envs.0.Name", "COLOR", "Envs.0.Value", "green"));
        assertThat(ok(tsuru.post("/1.0/apps/inside/run", "command", "echo in-$COLOR", "once", "true"))
                        .body())
                .contains("in-green");
        Set<String> units = here.units("inside");
        assertThat(ok(tsuru.post("/1.0/apps/inside/run", "command", "echo alone-$COLOR; pwd", "isolated", "true"))
                        .body())
                .contains("alone-green", "/home/application/current");
        assertThat(here.units("inside")).isEqualTo(units);
        Reply failed = tsuru.post("/1.0/apps/inside/run", "command", "exit 3", "once", "true");
        assertThat(failed.body()).contains("unexpected exit code: 3");
        assertThat(tsuru.get("/1.0/apps/inside/log?lines=20&source=app-run").body())
                .contains("running 'exit 3'", "alone-green");
    }

    @Test
    void aUnitIsReplacedAndWhatAgentsSayOfItIsShown() {
        here.create("single", "static", page("single"));
        String unit = here.units("single").iterator().next();
        ok(tsuru.post("/1.0/apps/single/units/" + unit.substring(0, unit.length() - 2), "status", "error"));
        assertThat(here.info("single").path("units").path(0).path("Status").asText())
                .isEqualTo("error");
        ok(tsuru.post("/1.0/apps/single/units/" + unit, "status", "started"));
        assertThat(here.info("single").path("units").path(0).path("Status").asText())
                .isEqualTo("started");
        agentsTellOfAllUnitsOfAMachine("single", unit);
        assertThat(ok(tsuru.post("/1.0/apps/single/units/register", "hostname", unit))
                        .json()
                        .findValuesAsText("name"))
                .contains("TSURU_APPNAME");
        Visits visits = Visits.of(here.visitor("single"));
        try (visits) {
            ok(tsuru.delete("/1.12/apps/single/units/" + unit));
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(here.units("single")).hasSize(1).doesNotContain(unit);
        assertThat(tsuru.delete("/1.12/apps/single/units/" + unit).status()).isEqualTo(404);
    }

    private void agentsTellOfAllUnitsOfAMachine(String app, String unit) {
        Tsuru agent = tsuru.as(server.run("agents-token").output().strip());
        Reply report = ok(report(agent, unit, "error", "absent", "started"));
        assertThat(report.json().toString())
                .isEqualTo("[{\"ID\":\"" + unit + "\",\"Found\":true},{\"ID\":\"absent\",\"Found\":false}]");
        assertThat(here.info(app).path("units").path(0).path("Status").asText()).isEqualTo("error");

        assertThat(report(agent, unit, "started", "absent", "well").status())
                .as("a report that is wrong in part")
                .isEqualTo(400);
        assertThat(here.info(app).path("units").path(0).path("Status").asText()).isEqualTo("error");
        ok(report(agent, unit, "started", unit, "started"));
        assertThat(here.info(app).path("units").path(0).path("Status").asText()).isEqualTo("started");

        assertThat(agent.post("/1.0/node/status").status()).isEqualTo(400);
        assertThat(agent.post("/1.0/node/status", "Units.0.Status", "started").status())
                .isEqualTo(400);
        assertThat(agent.post("/1.0/node/status", "Addrs.0", "192.0.2.1").status())
                .isEqualTo(404);
    }

    private static Reply report(Tsuru agent, String unit, String status, String other, String otherStatus) {
        return agent.post(
                "/1.0/node/status",
                "Addrs.0",
                "127.0.0.1",
                "Units.0.ID",
                unit,
                "Units.0.Status",
                status,
                "Units.1.ID",
                other,
                "Units.1.Status",
                otherStatus,
                "Checks.0.Name",
                "disk",
                "Checks.0.Successful",
                "true");
    }

    @Test
    void anArchiveIsBuiltWithoutRunningAndRunLater() {
        here.create("later", "static", page("now"));
        Reply built =
                tsuru.multipart("POST", "/1.5/apps/later/build", page("then").archive(), "tag", "later:next");
        assertThat(built.body()).endsWith("\nOK\n");
        assertThat(here.visitor("later").page()).contains("now");
        ok(tsuru.post("/1.0/apps/later/deploy/rollback", "image", "later:next", "origin", "rollback"));
        assertThat(here.visitor("later").page()).contains("then");
        List<String> doctor = server.run("doctor").output().lines().toList();
        assertThat(doctor).noneMatch(line -> line.contains("app/later"));
    }
}
