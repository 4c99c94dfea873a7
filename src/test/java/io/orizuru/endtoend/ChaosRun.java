package io.orizuru.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.testing.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Two servers under a mixed load, whose clients repeat what they did not hear the end of, while servers and the database are
 * killed and frozen at random, until {@code chaos.kills} times one was killed. All the while, visitors find each app that is to
 * run by one server or the other. After every {@value #ROUND} disturbances the load pauses: then nothing is under way, everything
 * is as it was acknowledged, and the doctor finds nothing. Not part of the usual tests:
 *
 * <pre>mvn verify -Pchaos -Dchaos.seed=1 -Dchaos.kills=200</pre>
 */
class ChaosRun {
    private static final List<String> APPS = List.of("north", "east", "south", "west");

    /** It is stopped, started, removed and made anew; nobody visits it. */
    private static final String FICKLE = "fickle";

    private static final String SERVER_KILLED = "server killed";
    private static final String DATABASE_KILLED = "database killed";
    private static final int ROUND = 20;
    private static final Duration SETTLED = Duration.ofMinutes(3);
    private static final Duration LONGEST_FREEZE = Duration.ofSeconds(20);

    private final long seed = Long.getLong("chaos.seed", 1);
    private final int kills = Integer.getInteger("chaos.kills", 20);
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicInteger repetitions = new AtomicInteger();
    private final AtomicInteger visits = new AtomicInteger();
    private final Map<String, AtomicInteger> disturbances = new ConcurrentSkipListMap<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();

    /** App → the value of its variable that was acknowledged last. */
    private final Map<String, String> values = new ConcurrentHashMap<>();

    /** App → how many units it was acknowledged to have. */
    private final Map<String, Integer> units = new ConcurrentHashMap<>();

    @Test
    void whatWasAcknowledgedHolds() throws Exception {
        System.out.println("chaos: seed " + seed + ", " + kills + " kills");
        try (Pair pair = Pair.ofLastingUnits()) {
            Installation here = Installation.on(pair.one(), List.of("static"));
            for (String app : APPS) {
                here.create(app, "static", Source.example("static"));
                units.put(app, 1);
            }
            here.create(FICKLE, "static", Source.example("static"));
            Random random = new Random(seed);
            for (int round = 0; killed() < kills; round++) {
                disturbUnderLoad(pair, random, round);
                settle(pair);
                check(pair);
                System.out.println("chaos: " + disturbances + ", " + operations + " operations, " + repetitions
                        + " requests repeated, " + visits + " visits: no violation");
            }
        }
    }

    /** How often a server or the database was killed so far. */
    private int killed() {
        return Stream.of(SERVER_KILLED, DATABASE_KILLED)
                .map(disturbances::get)
                .filter(Objects::nonNull)
                .mapToInt(AtomicInteger::get)
                .sum();
    }

    private void disturbUnderLoad(Pair pair, Random random, int round) throws Exception {
        over.set(false);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < APPS.size(); i++) {
            Random own = new Random((seed * 31 + round) * 31 + i);
            String app = APPS.get(i);
            clients.add(Thread.ofVirtual().start(() -> repeat(turn -> use(pair, app, own, round + "-" + turn))));
            Visitor one = pair.visitorAt(pair.one(), app);
            Visitor other = pair.visitorAt(pair.other(), app);
            clients.add(Thread.ofVirtual().start(() -> repeat(_ -> visit(app, one, other))));
        }
        Random own = new Random(seed * 37 + round);
        clients.add(Thread.ofVirtual().start(() -> repeat(turn -> useFickle(pair, own, round + "-" + turn))));
        try {
            for (int i = 0; i < ROUND; i++) {
                disturb(pair, random);
            }
        } finally {
            over.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
    }

    private void repeat(IntConsumer work) {
        for (int i = 0; !over.get(); i++) {
            try {
                work.accept(i);
            } catch (RuntimeException | AssertionError e) {
                wrong.add(e.toString());
            }
        }
    }

    private void disturb(Pair pair, Random random) throws IOException {
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(4_000)).toNanos());
        TestServer victim = random.nextBoolean() ? pair.one() : pair.other();
        int what = random.nextInt(20);
        if (what < 13) {
            count(SERVER_KILLED);
            victim.kill();
            victim.restart();
        } else if (what < 16) {
            count("server frozen");
            Pair.signal(victim.process(), "STOP");
            LockSupport.parkNanos(random.nextLong(LONGEST_FREEZE.toNanos())
                    + Duration.ofSeconds(1).toNanos());
            Pair.signal(victim.process(), "CONT");
        } else if (what < 18) {
            count(DATABASE_KILLED);
            pair.killDatabase();
        } else {
            count("server restarted");
            victim.restart();
        }
    }

    private void count(String what) {
        disturbances.computeIfAbsent(what, _ -> new AtomicInteger()).incrementAndGet();
    }

    /** Operates an app that visitors rely on. */
    private void use(Pair pair, String app, Random random, String number) {
        String value = app + "-" + number;
        int running = units.getOrDefault(app, 0);
        switch (random.nextInt(8)) {
            case 0 -> {
                byte[] archive = good(value);
                succeeds(pair, app, value, random, t -> t.deploy(app, archive));
            }
            case 1 -> {
                byte[] archive = bad(value);
                Reply reply = known(pair, value, random, t -> t.deploy(app, archive));
                if (reply.status() != 200 || reply.body().endsWith("\nOK\n")) {
                    wrong.add(app + ": a deploy that can't go well ended so: " + reply.status() + " " + reply.body());
                }
            }
            case 2 -> {
                String path = "/1.0/apps/" + app + "/units";
                if (running == 1) {
                    succeeds(pair, app, value, random, t -> t.put(path, "units", "1"));
                    units.put(app, 2);
                } else {
                    succeeds(pair, app, value, random, t -> t.delete(path + "?units=1"));
                    units.put(app, 1);
                }
            }
            case 3 -> succeeds(pair, app, value, random, t -> t.post("/1.0/apps/" + app + "/restart"));
            default -> {
                String later = Boolean.toString(random.nextBoolean());
                succeeds(
                        pair,
                        app,
                        value,
                        random,
                        t -> t.post(
                                "/1.0/apps/" + app + "/env",
                                "Envs.0.Name",
                                "LAST",
                                "Envs.0.Value",
                                value,
                                "NoRestart",
                                later));
                values.put(app, value);
            }
        }
    }

    /** Operates the app that nobody relies on; each operation stands on the one before, so all of them succeed. */
    private void useFickle(Pair pair, Random random, String number) {
        String path = "/1.0/apps/" + FICKLE;
        succeeds(pair, FICKLE, "stop-" + number, random, t -> t.post(path + "/stop"));
        succeeds(pair, FICKLE, "start-" + number, random, t -> t.post(path + "/start"));
        if (random.nextBoolean()) {
            succeeds(pair, FICKLE, "remove-" + number, random, t -> t.delete(path));
            Reply made = known(
                    pair,
                    "make-" + number,
                    random,
                    t -> t.post(
                            "/1.0/apps",
                            "name",
                            FICKLE,
                            "platform",
                            "static",
                            "pool",
                            Installation.POOL,
                            "teamOwner",
                            Installation.TEAM));
            if (made.status() != 201) {
                wrong.add(FICKLE + ": " + made.status() + " " + made.body());
            }
            byte[] archive = good(number);
            succeeds(pair, FICKLE, "deploy-" + number, random, t -> t.deploy(FICKLE, archive));
        }
    }

    /** Packed once for all repetitions: an archive holds the time of its making. */
    private static byte[] good(String mark) {
        return Source.example("static").with("mark.txt", mark).archive();
    }

    private static byte[] bad(String mark) {
        return Source.example("static")
                .with("mark.txt", mark)
                .with("Procfile", "web: exit 3\n")
                .archive();
    }

    private void succeeds(Pair pair, String app, String what, Random random, Request request) {
        Reply reply = known(pair, what, random, request);
        boolean text = reply.header("Content-Type").startsWith("text");
        boolean well = text ? reply.body().endsWith("\nOK\n") : reply.error().isEmpty();
        if (reply.status() != 200 || !well) {
            wrong.add(app + ", " + what + ": " + reply.status() + " " + reply.body());
        }
    }

    /** An app that is to run has its page at one server at least; only one is disturbed at a time. */
    private void visit(String app, Visitor one, Visitor other) {
        String first = one.page();
        if (!first.contains("It flies.")) {
            String second = other.page();
            if (!second.contains("It flies.")) {
                wrong.add(app + " was nowhere to be seen at " + Instant.now() + ": " + first + "; " + second);
            }
        }
        visits.incrementAndGet();
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }

    private interface Request {
        Reply send(Tsuru tsuru);
    }

    /** Asks one server or the other until one knows what came of it. */
    private Reply known(Pair pair, String what, Random random, Request request) {
        String key = "chaos-" + seed + "-" + what;
        operations.incrementAndGet();
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

    /** What was done to an app lately, as the database that is gone after the run has it. */
    private static void tellHistory(Pair pair, String app) {
        System.out.println("chaos: the last operations on " + app);
        pair.column("""
                        select concat_ws(' ', at, id, kind, 'by ' || instance, 'attempts ' || attempts, what)
                          from (select * from event where target_value = ? order by started_at desc limit 15) recent,
                               lateral (select started_at as at, 'begins' as what
                                        union all select ended_at, 'ends ' || error where not running
                                        union all select at, message from event_log where event = id) happened
                         order by at""", app).forEach(System.out::println);
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
                for (String app : List.of("north", "east", "south", "west", FICKLE)) {
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
        if (!wrong.isEmpty()) {
            APPS.stream()
                    .filter(app -> wrong.stream().anyMatch(what -> what.startsWith(app)))
                    .forEach(app -> tellHistory(pair, app));
        }
        assertThat(wrong).isEmpty();
        for (String app : APPS) {
            assertThat(pair.column("select id from unit where app = ? and routed", app))
                    .as("routed units of " + app)
                    .hasSize(units.getOrDefault(app, 0));
            for (TestServer server : List.of(pair.one(), pair.other())) {
                Reply environment = pair.tsuru(server).get("/1.0/apps/" + app + "/env?env=LAST");
                assertThat(environment.status()).isEqualTo(200);
                String value = values.get(app);
                if (value != null) {
                    assertThat(environment.body()).contains("\"" + value + "\"");
                }
                Eventually.holds(
                        () -> assertThat(pair.visitorAt(server, app).page()).contains("It flies."));
            }
        }
        assertThat(pair.column("select error from event where error like '%needs an operator%'"))
                .isEmpty();
        // What a killed server left half done on disk may wait half a minute for the other one.
        Eventually.holds(Duration.ofMinutes(1), () -> {
            TestServer.Said doctor = pair.one().run("doctor");
            assertThat(doctor.code()).as(doctor.output()).isZero();
        });
    }
}
