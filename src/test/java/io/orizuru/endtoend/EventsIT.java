package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Operations on one app wait for each other, and can be cancelled. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class EventsIT {
    private static final String CANCELED = "canceled by user action";

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;

    EventsIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
    }

    /** A version that never listens, and does not go when it is asked to. */
    private static Source stubborn() {
        return Source.example("python").with("app.py", """
                import signal, time
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                print("not yet", flush=True)
                time.sleep(300)
                """);
    }

    @Test
    void twoOperationsOnAnAppRunOneAfterTheOther() {
        here.create("queue", "python", Source.example("python"));
        CompletableFuture<Reply> one = set("queue", "ONE", "1");
        CompletableFuture<Reply> two = set("queue", "TWO", "2");
        assertThat(Tsuru.await(one).error()).isEmpty();
        assertThat(Tsuru.await(two).error()).isEmpty();
        assertThat(tsuru.get("/1.0/apps/queue/env").json().findValuesAsText("name"))
                .contains("ONE", "TWO");
        assertThat(here.units("queue")).hasSize(1);
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column(
                            "select a.id from event a join event b on a.target_value = b.target_value and a.id < b.id"
                                    + " and a.started_at < b.ended_at and b.started_at < a.ended_at"
                                    + " where a.target_value = ? and a.kind like 'app.update.env%'"
                                    + " and b.kind like 'app.update.env%'"
                                    // The second begins as its transaction did, which waits for the first one's end.
                                    + " and a.ended_at > b.started_at + interval '50 milliseconds'"
                                    + " and b.ended_at > a.started_at + interval '50 milliseconds'",
                            "queue"))
                    .isEmpty();
        }
    }

    @Test
    void anOperationThatWaitsTooLongIsRefusedAndARunningDeployCanBeCancelled() {
        here.create("stuck", "python", Source.example("python"));
        String page = here.visitor("stuck").page();
        var units = here.units("stuck");
        CompletableFuture<Reply> deploy = tsuru.startDeploy("stuck", stubborn().archive());
        String event = runningEvent("stuck");

        here.create("bystander", "python");
        long begin = System.nanoTime();
        CompletableFuture<Reply> swap =
                tsuru.startForm("POST", "/1.0/swap", "app1", "bystander", "app2", "stuck", "force", "true");
        Reply locked = Tsuru.await(set("stuck", "LATE", "1"));
        assertThat(locked.status()).as(locked.body()).isEqualTo(409);
        assertThat(locked.body()).contains("event locked", "app.deploy", "stuck", server.adminEmail());
        assertThat((System.nanoTime() - begin) / 1_000_000_000L).isBetween(9L, 20L);
        assertThat(Tsuru.await(swap).status()).isEqualTo(409);
        assertThat(Tsuru.await(swap).body()).contains("event locked: app(stuck)", "app.deploy");

        String cancel = "/1.1/events/" + event + "/cancel";
        assertThat(tsuru.post(cancel).status()).as("without a reason").isEqualTo(400);
        assertThat(tsuru.post(cancel, "reason", "changed my mind").status()).isEqualTo(204);
        assertThat(tsuru.post(cancel, "reason", "again").status()).isEqualTo(409);
        Reply deployed = Tsuru.await(deploy);
        assertThat(deployed.header("X-Tsuru-Eventid")).isEqualTo(event);
        assertThat(deployed.body())
                .contains("---- ERROR during deploy: ----", CANCELED)
                .doesNotEndWith("\nOK\n");
        assertThat(tsuru.post(cancel, "reason", "too late").status()).isEqualTo(400);
        assertThat(here.visitor("stuck").page()).isEqualTo(page);
        assertThat(here.units("stuck")).isEqualTo(units);
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column(
                            "select cancel_reason || '/' || cancel_owner || '/' || (cancel_acknowledged_at is not null)"
                                    + " from event where id = ?",
                            event))
                    .containsExactly("changed my mind/" + server.adminEmail() + "/true");
        }
        assertThat(tsuru.get("/1.0/deploys/" + event).json().path("Error").asText())
                .contains(CANCELED);
    }

    @Test
    void aChangeThatIsRefusedLeavesAnEventWithItsError() {
        Reply refused = tsuru.post("/1.0/teams", "name", Installation.TEAM);
        assertThat(refused.status()).isEqualTo(409);
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column(
                            "select error from event where kind = 'team.create' and target_value = ?"
                                    + " and error <> '' and not running",
                            Installation.TEAM))
                    .singleElement()
                    .satisfies(
                            error -> assertThat(error).isEqualTo(refused.body().strip()));
        }
    }

    private CompletableFuture<Reply> set(String app, String name, String value) {
        return tsuru.startForm("POST", "/1.0/apps/" + app + "/env", "Envs.0.Name", name, "Envs.0.Value", value);
    }

    private String runningEvent(String app) {
        try (Rows rows = Rows.of(server)) {
            List<String> running = new ArrayList<>();
            Eventually.holds(() -> {
                running.clear();
                running.addAll(rows.column(
                        "select id from event where running and kind = 'app.deploy' and target_value = ?"
                                + " and exists (select 1 from unit where app = target_value and not healthy)",
                        app));
                assertThat(running).hasSize(1);
            });
            return running.getFirst();
        }
    }
}
