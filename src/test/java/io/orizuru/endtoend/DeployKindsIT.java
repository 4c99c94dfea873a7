package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.testing.GitServer;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an app can be deployed from, and where it can be moved: repositories, images, other pools, builds from scratch. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class DeployKindsIT {
    private static final int KEPT = 10;

    @TempDir
    static Path directory;

    private TestServer server;
    private GitServer git;
    private Installation here;
    private Tsuru tsuru;

    @BeforeAll
    void start() {
        git = GitServer.start(directory.resolve("served"));
        server = TestServer.start();
        here = Installation.on(server, List.of("static"));
        tsuru = here.tsuru();
    }

    @AfterAll
    void stop() {
        try {
            here.assertSound();
        } finally {
            git.close();
            server.close();
        }
    }

    /** The example's health check wants its own words to stay. */
    private static Source page(String text) {
        return Source.example("static").replacing("index.html", "It flies.", "It flies: " + text + ".");
    }

    private static Reply deployed(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.body()).endsWith("\nOK\n");
        return reply;
    }

    private static void ok(Reply reply) {
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.error()).as(reply.body()).isEmpty();
    }

    private Reply deploy(String app, String... form) {
        return tsuru.post("/1.0/apps/" + app + "/deploy", form);
    }

    private JsonNode deployInfo(Reply reply) {
        return tsuru.get("/1.0/deploys/" + reply.header("X-Tsuru-Eventid")).json();
    }

    private int release(String app) {
        return here.info(app).path("release").asInt();
    }

    @Test
    void aRepositoryIsDeployedAtItsNewestCommitABranchOrACommit() throws IOException {
        here.create("from-git", "static");
        String first = git.commit("site", "main", page("first").files());
        Reply newest = deployed(deploy("from-git", "git-url", git.url("site")));
        assertThat(newest.body()).contains("It is the commit " + first);
        assertThat(deployInfo(newest).path("Commit").asText()).isEqualTo(first);
        assertThat(deployInfo(newest).path("Origin").asText()).isEqualTo("git");
        assertThat(here.visitor("from-git").page()).contains("It flies: first.");

        String other = git.commit("site", "next/page", page("other").files());
        Reply branch = deployed(
                tsuru.post("/1.0/apps/from-git/repository/clone", "git-url", git.url("site"), "git-ref", "next/page"));
        assertThat(deployInfo(branch).path("Commit").asText()).isEqualTo(other);
        assertThat(here.visitor("from-git").page()).contains("It flies: other.");

        deployed(deploy("from-git", "git-url", git.url("site"), "git-ref", first));
        assertThat(here.visitor("from-git").page()).contains("It flies: first.");

        Reply missing = deploy("from-git", "git-url", git.url("site"), "git-ref", "absent");
        assertThat(missing.body())
                .contains("---- ERROR during deploy: ----", "it has no branch, tag or commit \"absent\"")
                .doesNotEndWith("\nOK\n");
        assertThat(here.visitor("from-git").page()).contains("It flies: first.");

        Reply built = tsuru.post("/1.5/apps/from-git/build", "tag", "tried", "git-url", git.url("site"));
        assertThat(deployed(built).body()).contains("as tried");
        try (Stream<Path> left = Files.list(server.data().resolve("git"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatIsNoRepositoryIsRefusedBeforeAnythingIsFetched() {
        here.create("no-git", "static");
        Map<String, String> refusals = Map.of(
                "file:///etc", "begins with https://",
                "ssh://git@example.com/x", "begins with https://",
                "https://me:hunter2@example.com/x", "give them as git-user and git-password",
                "https://example.com", "needs a path");
        refusals.forEach((url, why) -> {
            Reply refused = deploy("no-git", "git-url", url);
            assertThat(refused.status()).as(refused.body()).isEqualTo(400);
            assertThat(refused.body()).contains(why).doesNotContain("hunter2");
        });
        Reply both = deploy("no-git", "git-url", git.url("site"), "image", "v1");
        assertThat(both.status()).isEqualTo(400);
        assertThat(both.body()).contains("git-url and image");
        Reply unreachable = deploy("no-git", "git-url", "http://127.0.0.1:9/x");
        assertThat(unreachable.status()).as(unreachable.body()).isEqualTo(200);
        assertThat(unreachable.body())
                .contains("the repository cannot be fetched")
                .doesNotEndWith("\nOK\n");
    }

    @Test
    void anImageIsAVersionOfTheAppOrIsRefusedWithPoolAndEngine() {
        here.create("pictures", "static", page("one"));
        here.deploy("pictures", page("two"));
        int before = release("pictures");

        Reply foreign = deploy("pictures", "image", "docker.io/library/nginx:1");
        assertThat(foreign.status()).isEqualTo(400);
        assertThat(foreign.body())
                .contains("\"docker.io/library/nginx:1\"", "pool \"" + Installation.POOL + "\"", "engine \"process\"");
        Reply foreignDry = deploy("pictures", "image", "docker.io/library/nginx:1", "dry", "true");
        assertThat(foreignDry.status()).isEqualTo(400);

        Reply dry = deploy("pictures", "image", "process/pictures:v1", "dry", "true");
        assertThat(dry.status()).as(dry.body()).isEqualTo(200);
        assertThat(dry.json().path("if-release").asInt()).isEqualTo(before);
        assertThat(dry.json().path("changes").path("versions").toString()).isEqualTo("{\"before\":[2],\"after\":[1]}");
        assertThat(release("pictures")).isEqualTo(before);

        ok(tsuru.post("/1.0/apps/pictures/restart"));
        Reply late = deploy("pictures", "image", "process/pictures:v1", "if-release", Integer.toString(before));
        assertThat(late.status()).as(late.body()).isEqualTo(409);
        Reply lateArchive = tsuru.multipart(
                "POST", "/1.0/apps/pictures/deploy", page("late").archive(), "if-release", Integer.toString(before));
        assertThat(lateArchive.status()).as(lateArchive.body()).isEqualTo(409);

        Reply image = deployed(deploy("pictures", "image", "process/pictures:v1", "origin", "app-deploy"));
        assertThat(here.visitor("pictures").page()).contains("It flies: one.");
        assertThat(deployInfo(image).path("Origin").asText()).isEqualTo("image");
        assertThat(deployInfo(image).path("Image").asText()).isEqualTo("process/pictures:v1");

        ok(tsuru.put(
                "/1.4/apps/pictures/deploy/rollback/update", "image", "v2", "disable", "true", "reason", "it is ugly"));
        Reply disabled = deploy("pictures", "image", "v2");
        assertThat(disabled.body())
                .contains("disabled for rollback: it is ugly")
                .doesNotEndWith("\nOK\n");

        Reply archive =
                tsuru.multipart("POST", "/1.0/apps/pictures/deploy", page("x").archive(), "dry", "true");
        assertThat(archive.status()).isEqualTo(400);
        assertThat(archive.body()).contains("shows only when it is built");
    }

    @Test
    void aRepeatedBuildGetsTheSameText() {
        here.create("built", "static");
        String[] form = {"tag", "again"};
        Tsuru once = tsuru.withKey("build-1");
        byte[] archive = page("one").archive();
        Reply first = once.multipart("POST", "/1.5/apps/built/build", archive, form);
        Reply again = once.multipart("POST", "/1.5/apps/built/build", archive, form);
        assertThat(deployed(again).body()).isEqualTo(first.body());
        assertThat(again.header("Content-Type")).isEqualTo(first.header("Content-Type"));

        byte[] broken = page("two")
                .with("tsuru.yaml", "hooks:\n  build:\n    - exit 3\n")
                .archive();
        Tsuru failing = tsuru.withKey("build-2");
        Reply failed = failing.multipart("POST", "/1.5/apps/built/build", broken, form);
        assertThat(failed.body()).contains("---- ERROR during build: ----");
        assertThat(failing.multipart("POST", "/1.5/apps/built/build", broken, form)
                        .body())
                .isEqualTo(failed.body());
    }

    @Test
    void aBuildStartsFromScratchWhenItIsToldTo() {
        Source counting = page("counted").with("tsuru.yaml", """
                hooks:
                  build:
                    - mkdir -p ~/.cache && echo build >>~/.cache/builds && echo "builds kept $(wc -l <~/.cache/builds)"
                """);
        here.create("cached", "static");
        assertThat(tsuru.deploy("cached", counting.archive()).body()).contains("builds kept 1\n");
        assertThat(tsuru.deploy("cached", counting.archive()).body()).contains("builds kept 2\n");
        ok(tsuru.put("/1.0/apps/cached", "imageReset", "true"));
        Source broken = counting.with("Procfile", "web: exit 3\n");
        assertThat(tsuru.deploy(
                                "cached",
                                counting.with("tsuru.yaml", "hooks: {build: [exit 3]}")
                                        .archive())
                        .body())
                .doesNotEndWith("\nOK\n");
        assertThat(tsuru.deploy("cached", broken.archive()).body())
                .as("a build that failed has reset nothing")
                .contains("builds kept 1\n")
                .doesNotEndWith("\nOK\n");
        assertThat(tsuru.deploy("cached", counting.archive()).body())
                .as("it was built, though it did not run")
                .contains("builds kept 2\n");
        Reply rollback = tsuru.post("/1.0/apps/cached/deploy/rollback", "image", "v1", "origin", "rollback");
        assertThat(rollback.error()).as(rollback.body()).isEmpty();
        assertThat(tsuru.deploy("cached", counting.archive()).body())
                .as("after going back nothing of before is used")
                .contains("builds kept 1\n");
    }

    @Test
    void anUpdatedPlatformBuildsItsAppsFromScratch() {
        Source counting = page("renewed").with("tsuru.yaml", """
                hooks:
                  build:
                    - mkdir -p ~/.cache && echo build >>~/.cache/builds && echo "builds kept $(wc -l <~/.cache/builds)"
                """);
        here.create("renewed", "static");
        assertThat(tsuru.deploy("renewed", counting.archive()).body()).contains("builds kept 1\n");
        Reply disabled = tsuru.multipart("PUT", "/1.0/platforms/static", null, "disabled", "true");
        ok(disabled);
        assertThat(disabled.body()).contains("Platform successfully updated!");
        assertThat(tsuru.get("/1.0/platforms").body()).contains("\"Disabled\":true");
        assertThat(tsuru.get("/1.6/platforms/static").body())
                .isEqualTo("{\"platform\":{\"Name\":\"static\",\"Disabled\":true},\"images\":[]}");
        ok(tsuru.multipart("PUT", "/1.0/platforms/static", null, "disabled", "false"));
        assertThat(tsuru.deploy("renewed", counting.archive()).body())
                .as("who may use it is nothing that is built on")
                .contains("builds kept 2\n");
        ok(tsuru.multipart("PUT", "/1.0/platforms/static", null, "name", "static"));
        assertThat(tsuru.deploy("renewed", counting.archive()).body()).contains("builds kept 1\n");
        assertThat(tsuru.deploy("renewed", counting.archive()).body()).contains("builds kept 2\n");

        Reply odd = tsuru.multipart("PUT", "/1.0/platforms/static", null, "disabled", "maybe");
        assertThat(odd.status()).isEqualTo(400);
        assertThat(odd.body()).isEqualTo("disabled is \"maybe\", which is neither true nor false\n");
        Reply back = tsuru.post("/1.6/platforms/static/rollback", "image", "1");
        assertThat(back.status()).isEqualTo(404);
        assertThat(back.body()).startsWith("Platform image not found");
        ok(tsuru.multipart("POST", "/1.0/platforms", null, "name", "generic"));
        ok(tsuru.delete("/1.0/platforms/generic"));
        assertThat(tsuru.delete("/1.0/platforms/static").status()).isEqualTo(409);
    }

    @Test
    void anAppMovesToAnotherPoolWithoutAFailedRequest() {
        assertThat(tsuru.postJson("/1.0/pools", "{\"name\": \"there\", \"public\": true, \"provisioner\": \"process\"}")
                        .status())
                .isEqualTo(201);
        assertThat(tsuru.postJson(
                                "/1.0/pools", "{\"name\": \"pods\", \"public\": true, \"provisioner\": \"kubernetes\"}")
                        .status())
                .isEqualTo(201);
        here.create("mover", "static", page("moved"));
        ok(tsuru.put("/1.0/apps/mover/units", "units", "1", "process", "web"));
        Set<String> before = here.units("mover");
        Visits visits = Visits.of(here.visitor("mover"));
        try (visits) {
            ok(tsuru.put("/1.0/apps/mover", "pool", "there"));
        }
        assertThat(visits.failed()).isEmpty();
        assertThat(visits.served()).isPositive();
        assertThat(here.info("mover").path("pool").asText()).isEqualTo("there");
        assertThat(here.units("mover")).hasSize(2).doesNotContainAnyElementsOf(before);

        Reply still = tsuru.put("/1.0/apps/mover", "pool", Installation.POOL, "noRestart", "true");
        assertThat(still.status()).as(still.body()).isEqualTo(400);
        Reply nowhere = tsuru.put("/1.0/apps/mover", "pool", "pods");
        assertThat(nowhere.status()).as(nowhere.body()).isEqualTo(400);
        assertThat(nowhere.body()).contains("pool \"pods\"", "engine \"kubernetes\"");
        assertThat(here.info("mover").path("pool").asText()).isEqualTo("there");
    }

    @Test
    void oldVersionsGoAndNoneThatCanBeGoneBackTo() {
        here.create("history", "static", page("first"));
        // The first one runs again, and so is one of those that ran last, whatever is built meanwhile.
        here.deploy("history", page("second"));
        ok(tsuru.post("/1.0/apps/history/deploy/rollback", "image", "v1", "origin", "rollback"));
        int first = release("history");
        for (int build = 3; build <= KEPT + 4; build++) {
            deployed(tsuru.multipart(
                    "POST", "/1.5/apps/history/build", page("built " + build).archive(), "tag", "t" + build));
        }
        here.deploy("history", page("last"));
        // v1 ran before the last one, and v2 before it; of the others, only the newest ten are kept.
        Set<Integer> expected = new TreeSet<>(List.of(1, 2));
        for (int number = KEPT + 5; number > 5; number--) {
            expected.add(number);
        }
        assertThat(kept("history")).isEqualTo(expected);
        ok(tsuru.post("/1.0/apps/history/deploy/rollback", "release", Integer.toString(first), "origin", "rollback"));
        assertThat(here.visitor("history").page()).contains("It flies: first.");
        ok(tsuru.post("/1.0/apps/history/deploy/rollback", "image", "v2", "origin", "rollback"));
        assertThat(here.visitor("history").page()).contains("It flies: second.");
    }

    /** The versions on record, which are those with a tree and an archive. */
    private Set<Integer> kept(String app) {
        Set<Integer> recorded = new TreeSet<>();
        try (Rows rows = Rows.of(server)) {
            rows.column("select number::text from version where app = ?", app)
                    .forEach(number -> recorded.add(Integer.valueOf(number)));
            for (String archive : rows.column("select archive from version where app = ?", app)) {
                assertThat(server.data().resolve("archives").resolve(archive)).exists();
            }
        }
        Path builds = server.data().resolve("units/apps/" + app + "/builds");
        try (Stream<Path> found = Files.list(builds)) {
            assertThat(found.map(path -> path.getFileName().toString()).filter(name -> name.matches("v\\d+")))
                    .containsExactlyInAnyOrderElementsOf(
                            recorded.stream().map(number -> "v" + number).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return recorded;
    }

    @Test
    void mistakesInAnAppsFilesAreToldWithFileLineAndWhatWasExpected() {
        here.create("typo", "static", page("good"));
        Map<Source, String> mistakes = Map.ofEntries(
                Map.entry(page("x").with("Procfile", "web: run\nnothing here\n"), "Procfile:2: expected"),
                Map.entry(page("x").with("Procfile", "\n# only this\n"), "Procfile"),
                Map.entry(page("x").with("tsuru.yaml", "hooks:\n  build: [a\n"), "tsuru.yaml:3: expected"),
                Map.entry(page("x").with("tsuru.yaml", "- a\n"), "tsuru.yaml:1: expected"),
                Map.entry(page("x").with("tsuru.yaml", "hooks:\n  build:\n    a: b\n"), "tsuru.yaml:3: expected"),
                Map.entry(page("x").with("tsuru.yaml", "hooks:\n  restart: true\n"), "tsuru.yaml:2: expected"),
                Map.entry(
                        page("x").with("tsuru.yaml", "healthcheck:\n  path: /\n  status: many\n"),
                        "tsuru.yaml:3: expected a number"),
                Map.entry(
                        page("x").with("tsuru.yaml", "healthcheck:\n  path: /\n  match: '['\n"),
                        "tsuru.yaml:3: expected a regular expression"),
                Map.entry(page("x").with("tsuru.yaml", """
                                kubernetes:
                                  groups:
                                    a:
                                      web:
                                        ports:
                                          - port: many
                                """), "tsuru.yaml:6: expected"),
                Map.entry(new Source(Map.of("Dockerfile", "FROM scratch\n")), "Dockerfile"));
        mistakes.forEach((source, told) -> {
            Reply reply = tsuru.deploy("typo", source.archive());
            assertThat(reply.body()).contains(told).doesNotEndWith("\nOK\n");
            assertThat(deployInfo(reply).path("Error").asText()).contains(told);
        });
        assertThat(here.visitor("typo").page()).contains("It flies: good.");
    }
}
