package io.orizuru.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class RoundsTest {
    private static final Logger LOG = Logger.getLogger(RoundsTest.class);

    @Test
    void roundsGoOnWithoutTheDatabaseAndAfterOneThatFailed() throws InterruptedException {
        AtomicInteger gone = new AtomicInteger();
        CountDownLatch third = new CountDownLatch(1);
        Rounds rounds = new Rounds("test-rounds", LOG, "nothing is done", Duration.ofMillis(1), () -> {
            switch (gone.incrementAndGet()) {
                case 1 -> throw new DataAccessResourceFailureException("it is away");
                case 2 -> throw new IllegalStateException("it failed");
                default -> third.countDown();
            }
        });
        rounds.start();
        assertThat(third.await(20, TimeUnit.SECONDS)).isTrue();
        rounds.stop();
    }

    @Test
    void theFirstRoundMayComeAtOnceAndStoppingInterruptsOneUnderWay() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Rounds rounds = new Rounds("test-rounds", LOG, "nothing is done", Duration.ofHours(1), () -> {
            begun.countDown();
            try {
                Thread.sleep(Duration.ofHours(1));
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
        });
        rounds.startAtOnce();
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        rounds.stop();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }
}
