package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that repeat a request because they do not know what came of it. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class IdempotencyIT {
    private static final int HALTED = 137;
    private static final int UNPROCESSABLE = 422;

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;

    IdempotencyIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
        here.create("echo", "static");
    }

    @BeforeEach
    void serverRuns() {
        if (!server.isRunning()) {
            server.restart();
        }
    }

    private static Reply create(Tsuru client, String app) {
        return client.post("/1.0/apps", newApp(app));
    }

    private static String[] newApp(String app) {
        return new String[] {
            "name", app, "platform", "static", "pool", Installation.POOL, "teamOwner", Installation.TEAM
        };
    }

    @Test
    void aRepeatedCreateGetsTheFirstAnswer() {
        Reply first = create(tsuru.withKey("create-1"), "twice");
        assertThat(first.status()).as(first.body()).isEqualTo(201);
        Reply again = create(tsuru.withKey("create-1"), "twice");
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.header("Content-Type")).isEqualTo(first.header("Content-Type"));
        assertThat(create(tsuru, "twice").status()).as("without the key").isEqualTo(409);
        assertThat(events("app.create", "twice")).isEqualTo(2);
    }

    @Test
    void anAnswerIsKeptWhenTheServerDiesBeforeItIsGiven() {
        server.restart(List.of("-Dorizuru.fail-point=event.before-answer"));
        try {
            create(tsuru.withKey("crash-1"), "unheard");
        } catch (CompletionException brokenOff) {
            // That is what is asked for.
        }
        assertThat(server.awaitEnd()).isEqualTo(HALTED);
        server.restart();
        Reply again = create(tsuru.withKey("crash-1"), "unheard");
        assertThat(again.status()).as(again.body()).isEqualTo(201);
        assertThat(again.json().path("status").asText()).isEqualTo("success");
        assertThat(events("app.create", "unheard")).isEqualTo(1);
    }

    @Test
    void aDeployIsJoinedAfterACrash() {
        byte[] archive = Source.example("static").archive();
        server.restart(List.of("-Dorizuru.fail-point=event.after-accept"));
        try {
            tsuru.withKey("deploy-1").deploy("echo", archive);
        } catch (CompletionException brokenOff) {
            // That is what is asked for.
        }
        assertThat(server.awaitEnd()).isEqualTo(HALTED);
        server.restart();
        Reply joined = tsuru.withKey("deploy-1").deploy("echo", archive);
        assertThat(joined.status()).isEqualTo(200);
        assertThat(joined.body()).endsWith("\nOK\n");
        Reply later = tsuru.withKey("deploy-1").deploy("echo", archive);
        assertThat(later.body()).isEqualTo(joined.body());
        assertThat(later.header("X-Tsuru-Eventid")).isEqualTo(joined.header("X-Tsuru-Eventid"));
        assertThat(later.header("Content-Type")).isEqualTo("text");
        assertThat(events("app.deploy", "echo")).isEqualTo(1);
    }

    @Test
    void ofManyAtOnceOneIsDone() {
        List<CompletableFuture<Reply>> all = IntStream.range(0, 6)
                .mapToObj(i -> tsuru.withKey("race").startForm("POST", "/1.0/apps", newApp("raced")))
                .toList();
        List<Reply> replies = all.stream().map(Tsuru::await).toList();
        assertThat(replies)
                .allSatisfy(reply -> assertThat(reply.status()).as(reply.body()).isEqualTo(201));
        assertThat(replies.stream().map(Reply::body).distinct()).hasSize(1);
        assertThat(events("app.create", "raced")).isBetween(1, 6);
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column("select 1 from event where target_value = 'raced' and error = ''"))
                    .hasSize(1);
        }
    }

    @Test
    void aRequestThatWaitedForAnotherOneHasItsKeyToo() {
        here.create("queue", "static", Source.example("static"));
        CompletableFuture<Reply> first = set(tsuru, "FIRST");
        Reply waited = Tsuru.await(set(tsuru.withKey("waited"), "SECOND"));
        Tsuru.await(first);
        assertThat(waited.error()).isEmpty();
        Reply again = Tsuru.await(set(tsuru.withKey("waited"), "SECOND"));
        assertThat(again.header("X-Tsuru-Eventid")).isEqualTo(waited.header("X-Tsuru-Eventid"));
        assertThat(again.body()).isEqualTo(waited.body());
    }

    private static CompletableFuture<Reply> set(Tsuru client, String name) {
        return client.startForm("POST", "/1.0/apps/queue/env", "Envs.0.Name", name, "Envs.0.Value", "1");
    }

    @Test
    void aRepeatedRemovalGetsWhatTheFirstCameTo() {
        assertThat(create(tsuru, "passing").status()).isEqualTo(201);
        Reply first = tsuru.withKey("remove-1").delete("/1.0/apps/passing");
        assertThat(first.error()).as(first.body()).isEmpty();
        assertThat(tsuru.get("/1.0/apps/passing").status()).isEqualTo(404);

        Reply again = tsuru.withKey("remove-1").delete("/1.0/apps/passing");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.header("X-Tsuru-Eventid")).isEqualTo(first.header("X-Tsuru-Eventid"));
        assertThat(again.header("Content-Type")).isEqualTo(first.header("Content-Type"));

        assertThat(tsuru.delete("/1.0/apps/passing").status()).isEqualTo(404);
        assertThat(tsuru.withKey("remove-2").delete("/1.0/apps/passing").status())
                .isEqualTo(404);
        assertThat(tsuru.withKey("remove-1").delete("/1.0/apps/passing?x=1").status())
                .as("another request with its key")
                .isEqualTo(404);
        assertThat(events("app.delete", "passing")).isEqualTo(1);
    }

    @Test
    void aKeyBelongsToOneRequest() {
        assertThat(create(tsuru.withKey("mine"), "one").status()).isEqualTo(201);
        Reply other = create(tsuru.withKey("mine"), "other");
        assertThat(other.status()).isEqualTo(UNPROCESSABLE);
        assertThat(other.body()).contains("\"mine\" was used for another request");
    }

    @Test
    void whatWasRefusedIsTriedAnew() {
        Reply refused = tsuru.withKey("late").post("/1.0/teams", "name", "NO");
        assertThat(refused.status()).isEqualTo(400);
        Reply made = tsuru.withKey("late").post("/1.0/teams", "name", "yes");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        Reply again = tsuru.withKey("late").post("/1.0/teams", "name", "yes");
        assertThat(again.status()).isEqualTo(201);
    }

    @Test
    void aKeyIsBounded() {
        Reply tooLong = create(tsuru.withKey("x".repeat(256)), "long");
        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(tooLong.body()).contains("1 to 255 printable");
    }

    @Test
    void secretsOfAnAnswerAreNotReadableInTheDatabase() {
        String password = "hush-hush-hush";
        Reply made = tsuru.withKey("user-1").post("/1.0/users", "email", "kept@example.com", "password", password);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.tablesWith(password)).isEmpty();
            assertThat(rows.column("select key from idempotency_key where key = 'user-1'"))
                    .hasSize(1);
        }
    }

    private int events(String kind, String target) {
        try (Rows rows = Rows.of(server)) {
            return rows.column("select id from event where kind = ? and target_value = ?", kind, target)
                    .size();
        }
    }
}
