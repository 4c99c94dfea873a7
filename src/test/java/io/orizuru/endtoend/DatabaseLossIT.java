package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.ServerExtension;
import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** PostgreSQL is killed while the server works. */
@ExtendWith(ServerExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
class DatabaseLossIT {
    private static final int KILLS = 2;
    private static final int CLIENTS = 6;
    /** Whether a page is there needs the database; that the process is there does not. */
    private static final List<String> READS = List.of("/1.0/apps", "/1.0/apps/lasting", "/1.0/apps/lasting/env");

    private final TestServer server;
    private final Installation here;
    private final Tsuru tsuru;

    /** Team → key, of all that was acknowledged. */
    private final Map<String, String> made = new ConcurrentHashMap<>();

    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger number = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    DatabaseLossIT(TestServer server) {
        this.server = server;
        here = Installation.on(server);
        tsuru = here.tsuru();
    }

    @Test
    void nothingThatWasAcknowledgedIsLostAndTheServerRecovers() throws Exception {
        here.create("lasting", "static", Source.example("static"));
        ProcessHandle process = server.process();
        Visits visits = Visits.of(here.visitor("lasting"));
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Thread.ofVirtual().start(i % 2 == 0 ? this::write : this::read));
        }
        try (visits) {
            for (int kill = 0; kill < KILLS; kill++) {
                CompletableFuture<Reply> deploy =
                        tsuru.startDeploy("lasting", Source.example("static").archive());
                int before = made.size();
                Eventually.holds(() -> assertThat(made.size()).isGreaterThan(before + 3));
                postmaster().destroyForcibly();
                Eventually.holds(() -> assertThat(refused.get()).isPositive());
                int after = made.size();
                Eventually.holds(() -> assertThat(made.size()).isGreaterThan(after + 3));
                Reply deployed = Tsuru.await(deploy);
                if (deployed.status() == 503) {
                    // It came too early to be accepted, and was told so.
                    deployed = tsuru.deploy("lasting", Source.example("static").archive());
                }
                assertThat(deployed.body()).endsWith("\nOK\n");
            }
        } finally {
            over.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(visits.failed()).as("visitors do not notice").isEmpty();
        assertThat(server.process()).isEqualTo(process);
        assertThat(tsuru.get("/1.0/teams").json().findValuesAsText("name")).containsAll(made.keySet());
        Eventually.holds(() -> {
            Reply health = tsuru.get("/healthcheck?check=all");
            assertThat(health.status()).as(health.body()).isEqualTo(200);
        });
        try (Rows rows = Rows.of(server)) {
            assertThat(rows.column("select event from target_lock")).isEmpty();
            assertThat(rows.column("select name from team where name like 'team-%' group by name"
                            + " having (select count(*) from event where target_value = name and error = '') <> 1"))
                    .as("each was made once")
                    .isEmpty();
        }
    }

    /** What is set for each connection of the server holds for it: {@code db.ConnectionsTest} says what is set. */
    @Test
    void aLockThatSomebodyNeverGivesBackIsNotWaitedForWithoutEnd() {
        try (Rows somebody = Rows.of(server)) {
            somebody.change("begin");
            somebody.change("lock table team");
            long began = System.nanoTime();
            Reply refused = tsuru.get("/1.0/teams");
            assertThat(refused.status()).as(refused.body()).isEqualTo(503);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(25));
        }
        assertThat(tsuru.get("/1.0/teams").status()).isEqualTo(200);
    }

    private ProcessHandle postmaster() throws IOException {
        String pid = Files.readAllLines(server.data().resolve("postgres/cluster-18/postmaster.pid"))
                .getFirst();
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }

    /** Makes teams, each until it is told that it is made. */
    private void write() {
        while (!over.get()) {
            String team = "team-" + number.incrementAndGet();
            String key = "key-" + team;
            while (!made.containsKey(team)) {
                Reply reply = tsuru.withKey(key).post("/1.0/teams", "name", team);
                if (reply.status() == 201) {
                    made.put(team, key);
                } else if (!isRefusal(reply) || over.get()) {
                    break;
                }
            }
        }
    }

    private void read() {
        for (int i = 0; !over.get(); i++) {
            Reply reply = tsuru.get(READS.get(i % READS.size()));
            if (reply.status() != 200) {
                isRefusal(reply);
            }
        }
    }

    private boolean isRefusal(Reply reply) {
        if (reply.status() == 503
                && !reply.header("Retry-After").isEmpty()
                && reply.body().contains("database")) {
            refused.incrementAndGet();
            return true;
        }
        wrong.add(reply.status() + " " + reply.body());
        return false;
    }
}
