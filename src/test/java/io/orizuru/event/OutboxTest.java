package io.orizuru.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.orizuru.db.TestDatabase;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class OutboxTest {
    private TestDatabase postgres;
    private EventStore store;

    @BeforeAll
    void open() throws IOException {
        postgres = new TestDatabase();
        store = new EventStore(postgres.database(), postgres.json());
    }

    /** A listener is told at least once: what the test before left may still be due. */
    @BeforeEach
    void empty() {
        postgres.database().sql("delete from outbox").update();
    }

    @AfterAll
    void close() throws IOException {
        postgres.close();
    }

    /** Is deaf the first times it is told. */
    private static final class Listener implements EventListener {
        private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        private int deafFor;

        private Listener(int deafFor) {
            this.deafFor = deafFor;
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public boolean wants(Event event) {
            return !event.kind().equals("boring");
        }

        @Override
        public void deliver(Event event) {
            if (deafFor-- > 0) {
                throw new IllegalStateException("pardon?");
            }
            told.add(event.id());
        }
    }

    private static Event event(String id, String kind) {
        var nothing = JsonNodeFactory.instance.arrayNode();
        return new Event(
                id,
                kind,
                "permission",
                new Target("app", "a"),
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
                false,
                null,
                null,
                "",
                "",
                "",
                false,
                "",
                Instant.EPOCH,
                null);
    }

    private Outbox with(Listener listener) {
        return new Outbox(postgres.database(), store, List.of(listener));
    }

    private void end(Outbox outbox, String id, String kind) {
        postgres.database().transact(() -> {
            store.insert(event(id, kind));
            outbox.put(id);
        });
    }

    private int waiting() {
        return postgres.database()
                .sql("select count(*) from outbox")
                .query(Integer.class)
                .single();
    }

    @Test
    void aListenerThatFailedIsToldAgain() throws InterruptedException {
        Listener listener = new Listener(1);
        Outbox outbox = with(listener);
        end(outbox, "0123456789abcdef00000001", "app.create");
        end(outbox, "0123456789abcdef00000002", "boring");
        assertThat(waiting()).isEqualTo(1);
        outbox.start(new StartupEvent());
        try {
            assertThat(listener.told.poll(20, TimeUnit.SECONDS)).isEqualTo("0123456789abcdef00000001");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (waiting() > 0 && System.nanoTime() < deadline) {
                LockSupport.parkNanos(5_000_000);
            }
            assertThat(waiting()).isZero();
            assertThat(listener.told).isEmpty();
        } finally {
            outbox.stop(new ShutdownEvent());
        }
    }

    @Test
    void whatAServerThatDiedHadToTellIsToldByTheNext() throws InterruptedException {
        end(with(new Listener(0)), "0123456789abcdef00000003", "app.create");
        Listener next = new Listener(0);
        Outbox outbox = with(next);
        outbox.start(new StartupEvent());
        try {
            assertThat(next.told.poll(20, TimeUnit.SECONDS)).isEqualTo("0123456789abcdef00000003");
        } finally {
            outbox.stop(new ShutdownEvent());
        }
    }
}
