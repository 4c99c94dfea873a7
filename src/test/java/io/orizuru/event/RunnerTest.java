package io.orizuru.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.orizuru.config.Settings;
import io.orizuru.config.SettingsReader;
import io.orizuru.db.TestDatabase;
import io.orizuru.secret.Vault;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever an operation comes to, its event ends. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(90)
class RunnerTest {
    private static final AtomicInteger MADE = new AtomicInteger();

    private final CountDownLatch never = new CountDownLatch(1);
    private final CountDownLatch outside = new CountDownLatch(1);
    private TestDatabase postgres;
    private EventStore store;
    private Leases leases;
    private Journal journal;
    private Vault vault;
    private Runner runner;

    /** How it goes wrong. */
    enum Way {
        TOO_DEEP,
        TOO_MUCH,
        NO_CLASS,
        ASSERTION,
        ALSO_GOING_BACK
    }

    record Wrong(String way) implements Change {}

    private final class WrongHandler implements ChangeHandler<Wrong> {
        @Override
        public String kind() {
            return "wrong";
        }

        @Override
        public Class<Wrong> type() {
            return Wrong.class;
        }

        @Override
        public Duration longest(Wrong change, Duration usual) {
            return change.way().equals("endless") ? Duration.ofSeconds(1) : usual;
        }

        @Override
        public void run(Wrong change, Run run) {
            switch (change.way()) {
                case "endless" -> endless(run);
                case "outside" ->
                    run.await(() -> {
                        try {
                            outside.countDown();
                            never.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return true;
                    });
                case "well" -> run.line("well");
                default -> fail(Way.valueOf(change.way()));
            }
        }

        private void endless(Run run) {
            while (true) {
                run.check();
                Thread.onSpinWait();
            }
        }

        private static void fail(Way way) {
            switch (way) {
                case TOO_DEEP, ALSO_GOING_BACK -> fail(way);
                // The heap is left alone: a JVM that is told to ends at a real one.
                case TOO_MUCH -> throw new OutOfMemoryError("played");
                case NO_CLASS -> throw new NoClassDefFoundError("io/orizuru/Nothing");
                case ASSERTION -> throw new AssertionError("cannot be");
            }
        }

        @Override
        public void withdraw(Wrong change, Run run, String why) {
            if (change.way().equals(Way.ALSO_GOING_BACK.name())) {
                fail(Way.TOO_DEEP);
            }
        }
    }

    @BeforeAll
    void open(@TempDir Path data) throws Exception {
        postgres = new TestDatabase();
        Settings settings = SettingsReader.read(List.of("--data", data.toString()), Map.of(), data, false);
        ServerIdentity server = TestIdentity.in(data);
        vault = Vault.open(data.resolve("key"));
        journal = new Journal(postgres.database(), vault, new ObjectMapper());
        store = new EventStore(postgres.database(), postgres.json());
        leases = new Leases(postgres.database(), server);
        runner = new Runner(
                postgres.database(),
                store,
                leases,
                journal,
                new Signals(),
                new Outbox(postgres.database(), store, List.of()),
                vault,
                Clock.systemUTC(),
                server,
                new Homes(postgres.database(), server),
                settings,
                List.of(new WrongHandler()));
        leases.start(new StartupEvent());
        runner.start(new StartupEvent());
    }

    @AfterAll
    void close() throws Exception {
        never.countDown();
        runner.stop(new ShutdownEvent());
        leases.stop(new ShutdownEvent());
        postgres.close();
    }

    private String accept(String way, boolean readable) {
        int number = MADE.incrementAndGet();
        String id = "%024x".formatted(number);
        Target target = Target.app("app" + number);
        var nothing = JsonNodeFactory.instance.arrayNode();
        Event event = new Event(
                id,
                "test",
                "permission",
                target,
                List.of(),
                "user",
                "u",
                "",
                "",
                Event.Allowed.NOBODY,
                Event.Allowed.NOBODY,
                nothing,
                null,
                null,
                true,
                null,
                null,
                "",
                "",
                "",
                true,
                "",
                Instant.EPOCH,
                null);
        postgres.database().transact(() -> {
            store.insert(event);
            store.lock(target, id);
            byte[] change = vault.encrypt(journal.write(new Wrong(way)), Runner.changeContext(readable ? id : "other"));
            store.putChange(id, "wrong", change);
        });
        runner.submit(id);
        return id;
    }

    private Event ended(String id) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < deadline) {
            Optional<Event> event = store.find(id);
            if (event.isPresent() && !event.get().running()) {
                assertThat(count("target_lock where event = '" + id + "'")).isZero();
                assertThat(count("lease where resource = 'app/"
                                + event.get().target().value() + "'"))
                        .isZero();
                return event.get();
            }
            Thread.sleep(50);
        }
        throw new AssertionError("the event " + id + " did not end");
    }

    private int count(String what) {
        return postgres.database()
                .sql("select count(*) from " + what)
                .query(Integer.class)
                .single();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void anErrorEndsTheEventItsLeaseAndItsLock(Way way) throws InterruptedException {
        assertThat(ended(accept(way.name(), true)).error()).contains("something went wrong on our side");
        assertThat(ended(accept("well", true)).error()).isEmpty();
    }

    @Test
    void anOperationThatTakesTooLongEndsWithThat() throws InterruptedException {
        assertThat(ended(accept("endless", true)).error())
                .contains("took longer than 1 s", "operations.longest-seconds");
    }

    @Test
    void aWaitForTheOutsideCanBeCancelled() throws InterruptedException {
        String id = accept("outside", true);
        assertThat(outside.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(store.askCancel(id, "u", "enough")).isTrue();
        long asked = System.nanoTime();
        assertThat(ended(id).error()).isEqualTo("canceled by user action");
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void oneWhoseChangeCannotBeReadIsNotTriedForEver() throws InterruptedException {
        assertThat(ended(accept("well", false)).error()).contains("no attempt at it came to its end");
    }
}
