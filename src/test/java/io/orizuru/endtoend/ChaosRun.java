package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * Two servers under a mixed load, whose clients repeat what they did not hear the end of, while servers and the database are
 * killed and frozen at random. Afterwards everything is as it was acknowledged. Not part of the usual tests:
 *
 * <pre>mvn verify -Pchaos -Dchaos.seed=1 -Dchaos.kills=200</pre>
 */
class ChaosRun {
    private static final List<String> APPS = List.of("north", "east", "south", "west");
    private static final Duration SETTLED = Duration.ofMinutes(3);
    private static final Duration LONGEST_FREEZE = Duration.ofSeconds(20);

    private final long seed = Long.getLong("chaos.seed", 1);
    private final int kills = Integer.getInteger("chaos.kills", 20);
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicInteger repetitions = new AtomicInteger();
    private final List<String> wrong = new CopyOnWriteArrayList<>();

    /** App → the value of its variable that was acknowledged last. */
    private final Map<String, String> values = new ConcurrentHashMap<>();

    @Test
    void whatWasAcknowledgedHolds() throws Exception {
        System.out.println("chaos: seed " + seed + ", " + kills + " kills");
        try (Pair pair = Pair.start()) {
            Installation here = Installation.on(pair.one());
            for (String app : APPS) {
                here.create(app, "static", Source.example("static"));
            }
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < APPS.size(); i++) {
                Random random = new Random(seed * 31 + i);
                String app = APPS.get(i);
                clients.add(Thread.ofVirtual().start(() -> use(pair, app, random)));
            }
            try {
                disturb(pair, new Random(seed));
            } finally {
                over.set(true);
                for (Thread client : clients) {
                    client.join();
                }
            }
            System.out.println("chaos: " + operations + " operations, " + repetitions + " requests repeated");
            settle(pair);
            check(pair);
        }
    }

    private void disturb(Pair pair, Random random) throws IOException {
        for (int kill = 0; kill < kills; kill++) {
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(4_000)).toNanos());
            TestServer victim = random.nextBoolean() ? pair.one() : pair.other();
            int what = random.nextInt(10);
            if (what < 6) {
                victim.kill();
                victim.restart();
            } else if (what < 8) {
                Pair.signal(victim.process(), "STOP");
                LockSupport.parkNanos(random.nextLong(LONGEST_FREEZE.toNanos())
                        + Duration.ofSeconds(1).toNanos());
                Pair.signal(victim.process(), "CONT");
            } else if (what < 9) {
                pair.killDatabase();
            } else {
                victim.restart();
            }
        }
    }

    /** Operates one app, one operation after the other. */
    private void use(Pair pair, String app, Random random) {
        for (int i = 0; !over.get(); i++) {
            String value = app + "-" + i;
            String key = "chaos-" + seed + "-" + value;
            int what = random.nextInt(8);
            Request request = tsuru -> switch (what) {
                case 0 -> tsuru.deploy(app, Source.example("static").archive());
                case 1 -> tsuru.put("/1.0/apps/" + app + "/units", "units", "1");
                case 2 -> tsuru.delete("/1.0/apps/" + app + "/units?units=1");
                case 3 -> tsuru.post("/1.0/apps/" + app + "/restart");
                default ->
                    tsuru.post(
                            "/1.0/apps/" + app + "/env",
                            "Envs.0.Name",
                            "LAST",
                            "Envs.0.Value",
                            value,
                            "NoRestart",
                            Boolean.toString(what % 2 == 0));
            };
            Reply reply = untilItIsKnown(pair, key, request, random);
            operations.incrementAndGet();
            boolean refused = reply.status() == 400 || reply.status() == 409;
            if (reply.status() != 200 && !refused) {
                wrong.add(app + ": " + reply.status() + " " + reply.body());
            }
            if (what > 3 && reply.status() == 200 && reply.error().isEmpty()) {
                values.put(app, value);
            } else if (what > 3) {
                values.remove(app);
            }
        }
    }

    private interface Request {
        Reply send(Tsuru tsuru);
    }

    /** Asks one server or the other until one knows what came of it. */
    private Reply untilItIsKnown(Pair pair, String key, Request request, Random random) {
        while (true) {
            TestServer server = random.nextBoolean() ? pair.one() : pair.other();
            try {
                Reply reply = request.send(pair.tsuru(server).withKey(key));
                if (reply.status() != 503 && !brokenOff(reply)) {
                    return reply;
                }
            } catch (CompletionException unheard) {
                // It is repeated.
            }
            repetitions.incrementAndGet();
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
    }

    private static boolean brokenOff(Reply reply) {
        return reply.body().contains("the operation goes on without this stream");
    }

    private void settle(Pair pair) {
        long begin = System.nanoTime();
        while (true) {
            try {
                assertThat(pair.column("select id from event where running")).isEmpty();
                assertThat(pair.column("select event from target_lock")).isEmpty();
                assertThat(pair.column("select resource from lease where resource not like 'machine/%'"
                                + " and expires_at > now()"))
                        .isEmpty();
                for (String app : APPS) {
                    assertThat(pair.unitsOnDisk(app))
                            .isEqualTo(pair.column("select id from unit where app = ? order by id", app));
                }
                return;
            } catch (AssertionError notYet) {
                if (System.nanoTime() - begin > SETTLED.toNanos()) {
                    throw notYet;
                }
                LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
            }
        }
    }

    private void check(Pair pair) {
        assertThat(wrong).isEmpty();
        for (String app : APPS) {
            for (TestServer server : List.of(pair.one(), pair.other())) {
                Reply environment = pair.tsuru(server).get("/1.0/apps/" + app + "/env?env=LAST");
                assertThat(environment.status()).isEqualTo(200);
                String value = values.get(app);
                if (value != null) {
                    assertThat(environment.body()).contains("\"" + value + "\"");
                }
                boolean routed = !pair.column("select id from unit where app = ? and routed", app)
                        .isEmpty();
                if (routed) {
                    Eventually.holds(
                            () -> assertThat(pair.visitorAt(server, app).page()).contains("It flies."));
                }
            }
        }
        assertThat(pair.column("select error from event where error like '%needs an operator%'"))
                .isEmpty();
    }
}
