package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.TestServer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What processes get of their own, what a change would do before it is made, and changes of single processes and units. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class PlansIT {
    /** Whether new units come up is a variable's to say. */
    private static final Source TWO = Source.example("static")
            .with("Procfile", "web: test -z \"$BROKEN\" && exec orizuru-static .\nworker: exec sleep infinity\n");

    private TestServer server;
    private Installation here;
    private Tsuru tsuru;

    @BeforeAll
    void start() {
        server = TestServer.start();
        here = Installation.on(server, List.of("static"));
        tsuru = here.tsuru();
    }

    @AfterAll
    void stop() {
        try {
            here.assertSound();
        } finally {
            server.close();
        }
    }

    private static void ok(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.error()).as(reply.body()).isEmpty();
    }

    private int release(String app) {
        return here.info(app).path("release").asInt();
    }

    private Reply planOf(String app, String process, String plan) {
        return tsuru.sendJson(
                "PUT",
                "/1.0/apps/" + app,
                "{\"processes\": [{\"name\": \"" + process + "\", \"plan\": \"" + plan + "\"}]}");
    }

    /** What an app is said to have, and what its units get, which must be the same. */
    private String planOf(String app, String process) {
        String shown = "";
        for (JsonNode settings : here.info(app).path("processes")) {
            if (settings.path("name").asText().equals(process)) {
                shown = settings.path("plan").asText();
            }
        }
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column(
                            "select r.process_plans->?->>'name' from release r join app a on a.name = r.app"
                                    + " and a.desired_release = r.number where a.name = ?",
                            process,
                            app))
                    .containsExactly(shown);
        }
        return shown;
    }

    private void breakNewUnits(String app) {
        ok(tsuru.post(
                "/1.0/apps/" + app + "/env", "Envs.0.Name", "BROKEN", "Envs.0.Value", "yes", "noRestart", "true"));
    }

    @Test
    void plansOfProcessesGoBackWithTheRelease() {
        here.create("crew", "static", TWO);
        ok(planOf("crew", "worker", "c0.3m0.5"));
        int good = release("crew");
        ok(planOf("crew", "worker", "c0.3m1"));
        assertThat(planOf("crew", "worker")).isEqualTo("c0.3m1");
        ok(tsuru.post("/1.0/apps/crew/deploy/rollback", "release", "" + good));
        assertThat(planOf("crew", "worker")).isEqualTo("c0.3m0.5");
        ok(tsuru.put("/1.0/apps/crew", "plan", "c0.1m0.1"));
        assertThat(planOf("crew", "worker")).as("another plan was changed").isEqualTo("c0.3m0.5");

        breakNewUnits("crew");
        assertThat(planOf("crew", "worker", "c0.5m1").error()).contains("did not become healthy");
        assertThat(planOf("crew", "worker")).as("it was withdrawn").isEqualTo("c0.3m0.5");
    }

    @Test
    void aNewAppSaysWhatItsProcessesHave() {
        String app = "{\"name\": \"equipped\", \"platform\": \"static\", \"pool\": \"" + Installation.POOL
                + "\", \"teamOwner\": \"" + Installation.TEAM
                + "\", \"processes\": [{\"name\": \"%s\", \"plan\": \"%s\"}]}";
        Reply unknown = tsuru.postJson("/1.0/apps", app.formatted("worker", "c9m9"));
        assertThat(unknown.status()).as(unknown.body()).isEqualTo(400);
        assertThat(unknown.body()).contains("could not find plan \"c9m9\"");
        Reply nameless = tsuru.postJson("/1.0/apps", app.formatted("", "c0.3m0.5"));
        assertThat(nameless.status()).as(nameless.body()).isEqualTo(400);
        assertThat(tsuru.get("/1.0/apps/equipped").status()).isEqualTo(404);

        assertThat(tsuru.postJson("/1.0/apps", app.formatted("worker", "c0.3m0.5"))
                        .status())
                .isEqualTo(201);
        here.deploy("equipped", TWO);
        assertThat(planOf("equipped", "worker")).isEqualTo("c0.3m0.5");
    }

    @Test
    void aDryRunIsRefusedWhereTheRealCallIs() {
        here.create("narrow", "static", TWO);
        assertThat(tsuru.put("/1.0/apps/narrow/quota", "limit", "2").status()).isEqualTo(200);
        Reply dry = tsuru.put("/1.0/apps/narrow/units", "units", "5", "process", "web", "dry", "true");
        assertThat(dry.status()).as(dry.body()).isEqualTo(400);
        assertThat(dry.body()).contains("Quota exceeded. Available: 0, Requested: 5.");
        assertThat(tsuru.put("/1.0/apps/narrow/units", "units", "5", "process", "web")
                        .error())
                .contains("Quota exceeded. Available: 0, Requested: 5.");

        here.create("unbuilt", "static");
        Reply dryPlan = tsuru.put("/1.0/apps/unbuilt", "plan", "c0.3m0.5", "dry", "true");
        assertThat(dryPlan.status()).as(dryPlan.body()).isEqualTo(400);
        assertThat(dryPlan.body()).contains("no versions available for app");
        assertThat(tsuru.put("/1.0/apps/unbuilt", "plan", "c0.3m0.5").error()).contains("no versions available");
    }

    @Test
    void everyChangeOfAReleaseIsShownBeforeAndRefusedWhenItIsLate() {
        here.create("careful", "static", TWO);
        String app = "/1.0/apps/careful";
        showsAndRefuses("POST", app + "/env", "\"COLOR\"", "Envs.0.Name", "COLOR", "Envs.0.Value", "red");
        showsAndRefuses("PUT", app + "/units", "\"v1 web\"", "units", "1", "process", "web");
        showsAndRefuses("PUT", app, "c0.3m0.5", "plan", "c0.3m0.5");
        showsAndRefuses("POST", app + "/stop", "\"v1 worker\"", "process", "worker");
        showsAndRefuses("POST", app + "/restart", "\"renewed\":[\"v1 web\"]", "process", "web");
        ok(tsuru.post(app + "/stop", "process", "worker"));
        showsAndRefuses("POST", app + "/start", "\"v1 worker\"", "process", "worker");
    }

    private void showsAndRefuses(String method, String path, String shown, String... form) {
        int now = release("careful");
        Set<String> units = here.units("careful");
        Reply dry = tsuru.form(method, path, and(form, "dry", "true"));
        assertThat(dry.status()).as(dry.body()).isEqualTo(200);
        assertThat(dry.json().path("if-release").asInt()).isEqualTo(now);
        assertThat(dry.json().path("changes").toString()).contains(shown);
        Reply late = tsuru.form(method, path, and(form, "if-release", Integer.toString(now - 1)));
        assertThat(late.status()).as(late.body()).isEqualTo(409);
        assertThat(release("careful")).as(path).isEqualTo(now);
        assertThat(here.units("careful")).as(path).isEqualTo(units);
    }

    private static String[] and(String[] form, String name, String value) {
        String[] all = Arrays.copyOf(form, form.length + 2);
        all[form.length] = name;
        all[form.length + 1] = value;
        return all;
    }

    @Test
    void oneProcessIsStoppedAndStartedAndTheOtherRunsOn() {
        here.create("halves", "static", TWO);
        Set<String> both = here.units("halves");
        Visits visits = Visits.of(here.visitor("halves"));
        try (visits) {
            ok(tsuru.post("/1.0/apps/halves/stop", "process", "worker"));
            assertThat(here.units("halves")).singleElement().asString().startsWith("halves-web-");
            ok(tsuru.post("/1.0/apps/halves/start", "process", "worker"));
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(here.units("halves")).hasSize(2).containsAnyElementsOf(both).isNotEqualTo(both);
    }

    @Test
    void aCommandRunsInEachUnitUnlessOnceIsEnough() {
        here.create("chorus", "static", TWO);
        ok(tsuru.put("/1.0/apps/chorus/units", "units", "1", "process", "web"));
        Reply all = tsuru.post("/1.0/apps/chorus/run", "command", "echo sung-by-$TSURU_PROCESSNAME");
        ok(all);
        assertThat(all.messages().split("sung-by-web", -1)).hasSize(3);
        assertThat(all.messages().split("sung-by-worker", -1)).hasSize(2);
        Reply once = tsuru.post("/1.0/apps/chorus/run", "command", "echo sung-by-$TSURU_PROCESSNAME", "once", "true");
        assertThat(once.messages().split("sung-by-", -1)).hasSize(2);
    }

    @Test
    void aUnitThatCannotBeReplacedGoesByForceOnly() {
        here.create("hung", "static", TWO);
        String unit = here.units("hung").stream()
                .filter(id -> id.startsWith("hung-web-"))
                .findFirst()
                .orElseThrow();
        breakNewUnits("hung");
        Visits visits = Visits.of(here.visitor("hung"));
        try (visits) {
            assertThat(tsuru.delete("/1.12/apps/hung/units/" + unit).body()).contains("did not become healthy");
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(here.units("hung")).contains(unit);

        assertThat(tsuru.delete("/1.12/apps/hung/units/" + unit + "?force=true").body())
                .contains("did not become healthy");
        assertThat(here.units("hung")).doesNotContain(unit);
        ok(tsuru.delete("/1.0/apps/hung/env?env=BROKEN"));
        assertThat(here.visitor("hung").page()).contains("It flies.");

        String healthy = here.units("hung").stream()
                .filter(id -> id.startsWith("hung-web-"))
                .findFirst()
                .orElseThrow();
        assertThat(tsuru.delete("/1.12/apps/hung/units/" + healthy + "?force=true")
                        .status())
                .isEqualTo(200);
        assertThat(here.units("hung")).hasSize(2).doesNotContain(healthy);
        assertThat(here.visitor("hung").page()).contains("It flies.");
    }
}
