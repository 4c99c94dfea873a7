package io.orizuru.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.db.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class FailureStoreTest {
    private static final Duration MEMORY = Duration.ofMinutes(15);

    private TestDatabase postgres;
    private FailureStore store;

    @BeforeAll
    void open() throws IOException {
        postgres = new TestDatabase();
        store = new FailureStore(postgres.database());
    }

    @AfterAll
    void close() throws IOException {
        postgres.close();
    }

    /** Lets time pass for a subject. */
    private void wait(byte[] subject, Duration time) {
        postgres.database()
                .sql(
                        "update login_failure set blocked_until = blocked_until - :time * interval '1 second' where subject = :s")
                .param("time", time.toSeconds())
                .param("s", subject)
                .update();
    }

    @Test
    void tenFailuresAreFreeThenTheWaitGrowsToAQuarterOfAnHour() {
        byte[] subject = {1};
        for (int i = 0; i < 10; i++) {
            assertThat(store.count(subject, 10, MEMORY)).isTrue();
        }
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            assertThat(store.count(subject, 10, MEMORY)).isFalse();
            Duration wait = store.blocked(subject);
            waits.add(wait.toSeconds());
            wait(subject, wait);
            assertThat(store.count(subject, 10, MEMORY)).isTrue();
        }
        assertThat(waits).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 900L, 900L);
    }

    @Test
    void failuresAreForgottenAfterAQuarterOfAnHour() {
        byte[] subject = {2};
        for (int i = 0; i < 10; i++) {
            store.count(subject, 10, MEMORY);
        }
        wait(subject, MEMORY.plusSeconds(3));
        for (int i = 0; i < 10; i++) {
            assertThat(store.count(subject, 10, MEMORY)).isTrue();
        }
        assertThat(store.count(subject, 10, MEMORY)).isFalse();
    }

    @Test
    void ofManyAtOnceNoMoreGetThroughThanOneAfterTheOther() throws InterruptedException, ExecutionException {
        byte[] subject = {3};
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<Boolean>> attempts = threads.invokeAll(java.util.Collections.nCopies(
                    40, (Callable<Boolean>) () -> store.count(subject, 10, Duration.ofHours(1))));
            int through = 0;
            for (Future<Boolean> attempt : attempts) {
                through += attempt.get() ? 1 : 0;
            }
            assertThat(through).isBetween(10, 13);
        }
    }

    @Test
    void onlyTheSubjectItselfIsForgotten() {
        byte[] one = {4};
        byte[] other = {5};
        for (int i = 0; i < 10; i++) {
            store.count(one, 10, MEMORY);
            store.count(other, 10, MEMORY);
        }
        store.forget(one);
        assertThat(store.blocked(one)).isZero();
        assertThat(store.blocked(other)).isPositive();
    }

    @Test
    void anIpv6AddressCountsAsItsNetwork() {
        assertThat(Guarding.network("2001:db8:1:2:3:4:5:6"))
                .isEqualTo(Guarding.network("2001:db8:1:2::9"))
                .isNotEqualTo(Guarding.network("2001:db8:1:3::9"));
        assertThat(Guarding.network("192.0.2.7")).isEqualTo("192.0.2.7");
    }
}
