package io.orizuru.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.config.Settings;
import io.orizuru.db.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
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
                        if (servers.get(number % 2).take(Budget.TOKEN, somebody).isEmpty()) {
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
        assertThat(server.take(Budget.LOGIN, somebody)).isEmpty();

        Optional<Duration> wait = server.take(Budget.LOGIN, somebody);

        assertThat(wait)
                .hasValueSatisfying(time -> assertThat(time).isBetween(Duration.ofSeconds(50), Duration.ofSeconds(60)));
    }

    @Test
    void budgetsAreCountedEachForItself() {
        RateLimits server = server(1);
        server.take(Budget.ADDRESS, somebody);

        assertThat(server.take(Budget.ADDRESS, somebody)).isPresent();
        assertThat(server.take(Budget.TOKEN, somebody)).isEmpty();
        assertThat(server.take(Budget.ADDRESS, somebody + "-else")).isEmpty();
    }

    @Test
    void aShareIsServedWithoutAskingTheDatabase() {
        RateLimits server = server(6_000);
        assertThat(server.take(Budget.TOKEN, somebody)).isEmpty();
        database.cutOff(true);
        try {
            for (int i = 0; i < 50; i++) {
                assertThat(server.take(Budget.TOKEN, somebody)).isEmpty();
            }
        } finally {
            database.cutOff(false);
        }
    }

    @Test
    void zeroIsNoLimit() {
        RateLimits server = server(0);
        for (int i = 0; i < 1_000; i++) {
            assertThat(server.take(Budget.ADDRESS, somebody)).isEmpty();
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
