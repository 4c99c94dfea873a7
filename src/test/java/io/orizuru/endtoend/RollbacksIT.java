package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.TestServer;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** What can be gone back to, what comes back with it, and what is refused instead of being ignored. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class RollbacksIT {
    private static final String SMALL = "c0.3m0.5";

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

    /** The example's health check wants its own words to stay. */
    private static Source page(String text) {
        return Source.example("static").replacing("index.html", "It flies.", "It flies: " + text + ".");
    }

    private static void ok(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.error()).as(reply.body()).isEmpty();
    }

    private static void refused(Reply reply, String... why) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.body()).contains(why);
    }

    private int release(String app) {
        return here.info(app).path("release").asInt();
    }

    private Reply rollBack(String app, String... form) {
        return tsuru.post("/1.0/apps/" + app + "/deploy/rollback", form);
    }

    private void paint(String app, String color) {
        ok(tsuru.post("/1.0/apps/" + app + "/env", "Envs.0.Name", "COLOR", "Envs.0.Value", color));
    }

    private String environment(String app) {
        return tsuru.get("/1.0/apps/" + app + "/env").body();
    }

    /** An app's deploys, the newest first: the version, and whether it can be gone back to. */
    private List<String> deploys(String app) {
        JsonNode list = tsuru.get("/1.0/deploys?app=" + app).json();
        return StreamSupport.stream(list.spliterator(), false)
                .map(deploy -> "v" + deploy.path("Version").asInt()
                        + (deploy.path("CanRollback").asBoolean() ? " can" : " cannot"))
                .toList();
    }

    @Test
    void deploysSayWhetherTheirVersionCanBeGoneBackTo() {
        here.create("listed", "static", page("one"));
        here.deploy("listed", page("two"));
        ok(rollBack("listed", "image", "v1"));
        assertThat(tsuru.post("/1.0/apps/listed/deploy", "image", "v2").body()).endsWith("\nOK\n");
        assertThat(deploys("listed")).containsExactly("v2 can", "v1 can", "v2 can", "v1 can");

        ok(tsuru.put(
                "/1.4/apps/listed/deploy/rollback/update", "image", "v1", "disable", "true", "reason", "it leaks"));
        assertThat(deploys("listed")).containsExactly("v2 can", "v1 cannot", "v2 can", "v1 cannot");
        ok(tsuru.put("/1.4/apps/listed/deploy/rollback/update", "image", "v1", "disable", "false"));
        assertThat(deploys("listed")).doesNotContain("v1 cannot");
        ok(tsuru.delete("/1.10/apps/listed/versions/1"));
        assertThat(deploys("listed")).containsExactly("v2 can", "v1 cannot", "v2 can", "v1 cannot");

        ok(tsuru.delete("/1.0/apps/listed"));
        here.create("listed", "static", page("another app"));
        assertThat(deploys("listed"))
                .as("an app of the same name has other versions")
                .containsExactly("v3 can", "v2 cannot", "v1 cannot", "v2 cannot", "v1 cannot");
    }

    @Test
    void aVersionComesBackWithItsEnvironmentPlanAndCountsWhereThatIsAskedFor() {
        here.create("colors", "static", page("one"));
        paint("colors", "red");
        ok(tsuru.put("/1.0/apps/colors/units", "units", "1", "process", "web"));
        int red = release("colors");
        String plan = here.info("colors").path("plan").path("name").asText();
        here.deploy("colors", page("two"));
        paint("colors", "blue");
        int large = release("colors");
        ok(tsuru.put("/1.0/apps/colors", "plan", SMALL));
        ok(tsuru.delete("/1.0/apps/colors/units?units=1&process=web"));

        releasesDiffer(red, large, plan);
        assertThat(rollBack("colors", "image", "v1", "if-release", "" + red).status())
                .isEqualTo(409);
        Reply dry = rollBack("colors", "image", "v1", "environment", "true", "dry", "true");
        assertThat(dry.json().path("changes").path("environment").toString())
                .contains("\"name\":\"COLOR\",\"before\":\"blue\",\"after\":\"red\"");
        ok(rollBack("colors", "image", "v1", "environment", "true", "if-release", "" + release("colors")));
        assertThat(here.visitor("colors").page()).contains("It flies: one.");
        assertThat(environment("colors")).contains("red").doesNotContain("blue");
        assertThat(here.info("colors").path("plan").path("name").asText()).isEqualTo(plan);
        assertThat(here.units("colors")).hasSize(2);

        ok(rollBack("colors", "image", "v2"));
        assertThat(environment("colors")).as("only the version").contains("red");

        Reply built =
                tsuru.multipart("POST", "/1.5/apps/colors/build", page("three").archive(), "tag", "colors:3");
        assertThat(built.body()).endsWith("\nOK\n");
        int before = release("colors");
        String never = "version 3 never ran in health, so there is no environment to bring back";
        refused(rollBack("colors", "image", "v3", "environment", "true"), never);
        refused(rollBack("colors", "image", "v3", "environment", "true", "dry", "true"), never);
        assertThat(release("colors")).isEqualTo(before);
    }

    /** That now has another plan and one unit less than a release, and that has another version than one before it. */
    private void releasesDiffer(int red, int large, String plan) {
        JsonNode now = tsuru.get("/1.0/apps/colors/releases/" + large + "/diff").json();
        assertThat(now.path("from").asInt()).isEqualTo(release("colors"));
        assertThat(now.path("to").asInt()).isEqualTo(large);
        assertThat(now.path("plan").path("before").path("name").asText()).isEqualTo(SMALL);
        assertThat(now.path("plan").path("after").path("name").asText()).isEqualTo(plan);
        assertThat(now.path("units").toString()).isEqualTo("[{\"name\":\"v2 web\",\"before\":1,\"after\":2}]");
        JsonNode with = tsuru.get("/1.0/apps/colors/releases/" + red + "/diff?with=" + large)
                .json();
        assertThat(with.path("from").asInt()).isEqualTo(large);
        assertThat(with.path("versions").toString()).isEqualTo("{\"before\":[2],\"after\":[1]}");
        assertThat(with.has("plan")).isFalse();
        assertThat(with.path("environment").toString())
                .contains("\"name\":\"COLOR\",\"before\":\"blue\",\"after\":\"red\"");
        assertThat(tsuru.get("/1.0/apps/colors/releases/" + red + "/diff?with=99")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void whatADeployOrARollbackWouldIgnoreIsRefused() {
        here.create("strict", "static", page("one"));
        int release = release("strict");
        refused(rollBack("strict", "release", "" + release, "image", "v1"), "release and image exclude each other");
        for (String flag : List.of("environment", "new-version", "override-versions")) {
            String why = "release and " + flag + " exclude each other: release " + release;
            refused(rollBack("strict", "release", "" + release, flag, "true"), why);
            refused(rollBack("strict", "release", "" + release, flag, "true", "dry", "true"), why);
        }
        for (String aim : List.of("release", "image")) {
            refused(rollBack("strict", aim, "1", "origin", "elsewhere"), "Invalid deployment origin");
            refused(rollBack("strict", aim, "1", "origin", "elsewhere", "dry", "true"), "Invalid deployment origin");
        }
        String both = "new-version and override-versions exclude each other";
        String[] placing = {"new-version", "true", "override-versions", "true"};
        byte[] archive = page("two").archive();
        refused(tsuru.multipart("POST", "/1.0/apps/strict/deploy", archive, placing), both);
        refused(rollBack("strict", "image", "v1", "new-version", "true", "override-versions", "true"), both);
        refused(
                tsuru.multipart("POST", "/1.0/apps/strict/deploy", archive, "dockerfile", "FROM scratch"),
                "a Dockerfile is not built here");
        refused(
                tsuru.multipart("POST", "/1.5/apps/strict/build", archive, "tag", "x", "dry", "true"),
                "shows only when it is built");
        refused(
                tsuru.post("/1.3/apps/strict/deploy/rebuild", "origin", "rebuild", "dry", "true"),
                "shows only when it is built");
        assertThat(release("strict")).isEqualTo(release);
    }

    @Test
    void aVersionThatRunsDoesNotComeBesideItself() {
        here.create("twice", "static", page("one"));
        ok(tsuru.put("/1.0/apps/twice/units", "units", "1", "process", "web"));
        int release = release("twice");
        refused(rollBack("twice", "image", "v1", "new-version", "true"), "version 1 runs already");
        refused(
                tsuru.post("/1.0/apps/twice/deploy", "image", "v1", "new-version", "true", "dry", "true"),
                "version 1 runs already");
        assertThat(release("twice")).isEqualTo(release);
        assertThat(here.units("twice")).hasSize(2);
        assertThat(here.visitor("twice").page()).contains("It flies: one.");
    }

    @Test
    void routableTellsWhatItWouldChangeAndARebuildKeepsItsMessage() {
        here.create("told", "static", page("one"));
        int release = release("told");
        Reply dry = tsuru.post("/1.8/apps/told/routable", "version", "1", "isRoutable", "false", "dry", "true");
        assertThat(dry.status()).as(dry.body()).isEqualTo(200);
        assertThat(dry.json().path("if-release").asInt()).isEqualTo(release);
        assertThat(dry.json().path("changes").path("routes").toString())
                .contains("\"name\":\"v1\",\"before\":{\"routable\":true", "\"after\":{\"routable\":false");
        assertThat(release("told")).isEqualTo(release);
        assertThat(here.visitor("told").page()).contains("It flies: one.");

        ok(tsuru.post("/1.3/apps/told/deploy/rebuild", "origin", "rebuild", "message", "on newer tools"));
        assertThat(tsuru.get("/1.0/deploys?app=told").json().findValuesAsText("Message"))
                .containsExactly("on newer tools", "a try");
    }
}
