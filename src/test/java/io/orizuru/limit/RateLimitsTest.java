package io.orizuru.limit;

import static io.orizuru.limit.RateLimits.WhileAway.COUNT_HERE;
import static io.orizuru.limit.RateLimits.WhileAway.REFUSE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.config.Settings;
import io.orizuru.db.TestDatabase;
import io.orizuru.failure.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@SuppressWarnings("NullAway.Init") // Set before all tests.
final class RateLimitsTest {
    private static final int PER_MINUTE = 60;
    private static TestDatabase database;

    private final String somebody = UUID.randomUUID().toString();

    @BeforeAll
    static void startDatabase() throws IOException {
        database = new TestDatabase();
    }

    @AfterAll
    static void stopDatabase() throws IOException {
        database.close();
    }

    private static RateLimits server(int perMinute) {
        return new RateLimits(
                new QuotaStore(database.database()), new Settings.Limits(0, 0, perMinute, perMinute, perMinute));
    }

    @Test
    void twoServersTogetherLetThroughWhatOneWould() throws InterruptedException {
        long began = System.nanoTime();
        AtomicInteger passed = new AtomicInteger();
        List<RateLimits> servers = List.of(server(PER_MINUTE), server(PER_MINUTE));
        List<Thread> callers = IntStream.range(0, 8)
                .mapToObj(number -> Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < PER_MINUTE; i++) {
                        if (servers.get(number % 2)
                                .take(Budget.TOKEN, somebody, REFUSE)
                                .isEmpty()) {
                            passed.incrementAndGet();
                        }
                    }
                }))
                .toList();
        for (Thread caller : callers) {
            caller.join();
        }
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();

        // What comes in again while the test runs: one a second.
        assertThat(passed.get()).isBetween(PER_MINUTE, PER_MINUTE + 2 + (int) seconds);
    }

    @Test
    void whoIsRefusedIsToldWhenToComeAgain() {
        RateLimits server = server(1);
        assertThat(server.take(Budget.LOGIN, somebody, REFUSE)).isEmpty();

        Optional<Duration> wait = server.take(Budget.LOGIN, somebody, REFUSE);

        assertThat(wait)
                .hasValueSatisfying(time -> assertThat(time).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60)));
    }

    @Test
    void budgetsAreCountedEachForItself() {
        RateLimits server = server(1);
        server.take(Budget.ADDRESS, somebody, REFUSE);

        assertThat(server.take(Budget.ADDRESS, somebody, REFUSE)).isPresent();
        assertThat(server.take(Budget.TOKEN, somebody, REFUSE)).isEmpty();
        assertThat(server.take(Budget.ADDRESS, somebody + "-else", REFUSE)).isEmpty();
    }

    @Test
    void aShareIsServedWithoutAskingTheDatabase() {
        RateLimits server = server(6_000);
        assertThat(server.take(Budget.TOKEN, somebody, REFUSE)).isEmpty();
        database.cutOff(true);
        try {
            for (int i = 0; i < 50; i++) {
                assertThat(server.take(Budget.TOKEN, somebody, REFUSE)).isEmpty();
            }
        } finally {
            database.cutOff(false);
        }
    }

    @Test
    void whileTheDatabaseIsAwayRequestsAreRefusedAtOnceAndItIsAskedOnceASecond() {
        RateLimits server = server(PER_MINUTE);
        assertThat(server.take(Budget.TOKEN, somebody, REFUSE)).isEmpty();
        int before = database.refused();
        long began = System.nanoTime();
        database.cutOff(true);
        try {
            for (int i = 0; i < 50; i++) {
                assertThatThrownBy(() -> server.take(Budget.TOKEN, somebody, REFUSE))
                        .isInstanceOf(Failure.class)
                        .hasMessageContaining("the database does not answer");
            }
        } finally {
            database.cutOff(false);
        }
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();

        assertThat(database.refused() - before).isBetween(1, 1 + (int) seconds);
    }

    @Test
    void whatMustAnswerWithoutTheDatabaseIsCountedHereMeanwhile() {
        RateLimits server = server(500);
        database.cutOff(true);
        try {
            for (int i = 0; i < 5; i++) {
                assertThat(server.take(Budget.ADDRESS, somebody, COUNT_HERE)).isEmpty();
            }
            assertThat(server.take(Budget.ADDRESS, somebody, COUNT_HERE)).hasValue(Duration.ofSeconds(1));
        } finally {
            database.cutOff(false);
        }
    }

    @Test
    void aDatabaseThatIsBackIsAskedAgain() {
        RateLimits server = server(PER_MINUTE);
        database.cutOff(true);
        assertThatThrownBy(() -> server.take(Budget.TOKEN, somebody, REFUSE)).isInstanceOf(Failure.class);
        database.cutOff(false);

        long limit = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!passes(server)) {
            assertThat(System.nanoTime()).as("it is asked again").isLessThan(limit);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        assertThat(rows(Budget.TOKEN.key(somebody))).isEqualTo(1);
    }

    private boolean passes(RateLimits server) {
        try {
            return server.take(Budget.TOKEN, somebody, REFUSE).isEmpty();
        } catch (Failure stillAway) {
            return false;
        }
    }

    @Test
    void zeroIsNoLimit() {
        RateLimits server = server(0);
        for (int i = 0; i < 1_000; i++) {
            assertThat(server.take(Budget.ADDRESS, somebody, REFUSE)).isEmpty();
        }
    }

    @Test
    void bucketsThatAreFullAgainAreForgotten() {
        QuotaStore store = new QuotaStore(database.database());
        store.draw("old", PER_MINUTE, 1);
        store.forgetOlderThan(Duration.ofMinutes(2));
        assertThat(rows("old")).isEqualTo(1);
        store.forgetOlderThan(Duration.ofSeconds(-1));
        assertThat(rows("old")).isZero();
    }

    private static int rows(String key) {
        return database.database()
                .sql("select count(*) from request_quota where key = :key")
                .param("key", key)
                .query(Integer.class)
                .single();
    }

    @Test
    void anIpv6NetworkOfOneCustomerIsOneAddress() {
        assertThat(RateLimits.addressKey("2001:db8:1:2::1")).isEqualTo(RateLimits.addressKey("2001:db8:1:2:ffff::9"));
        assertThat(RateLimits.addressKey("2001:db8:1:2::1")).isNotEqualTo(RateLimits.addressKey("2001:db8:1:3::1"));
        assertThat(RateLimits.addressKey("192.0.2.1")).isEqualTo("192.0.2.1");
    }
}
