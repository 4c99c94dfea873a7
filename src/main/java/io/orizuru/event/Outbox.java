package io.orizuru.event;

import io.orizuru.db.Database;
import io.orizuru.db.Rounds;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * What listeners are to be told of ended events. Written in the transaction that ends the event, delivered after it by any
 * server, tried again with growing pauses.
 */
@ApplicationScoped
class Outbox {
    private static final Logger LOG = Logger.getLogger(Outbox.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** With pauses that double up to ten minutes these are about a day. */
    private static final int MAX_ATTEMPTS = 150;

    private final Database database;
    private final EventStore store;
    private final Map<String, EventListener> listeners;
    private final Rounds rounds = new Rounds("outbox", LOG, "the outbox rests", Duration.ZERO, this::deliverNext);

    private record Delivery(long id, String event, String listener, int attempts) {}

    Outbox(Database database, EventStore store, @All List<EventListener> listeners) {
        this.database = database;
        this.store = store;
        this.listeners = listeners.stream().collect(Collectors.toMap(EventListener::name, Function.identity()));
    }

    void start(@Observes @Priority(5000) StartupEvent started) {
        if (!listeners.isEmpty()) {
            rounds.startAtOnce();
        }
    }

    void stop(@Observes ShutdownEvent stopped) {
        rounds.stop();
    }

    /** Notes an ended event for all listeners that want it. Part of the ending transaction. */
    void put(String id) {
        if (listeners.isEmpty()) {
            return;
        }
        Event event = store.find(id).orElseThrow();
        for (EventListener listener : listeners.values()) {
            if (listener.wants(event)) {
                database.sql("insert into outbox (event, listener) values (:event, :listener)")
                        .param("event", id)
                        .param("listener", listener.name())
                        .update();
            }
        }
    }

    private void deliverNext() throws InterruptedException {
        if (!deliverOne()) {
            Thread.sleep(LOOK);
        }
    }

    /** Takes one delivery that is due; its next try is put off before it is made, so a crash costs a repetition at most. */
    private boolean deliverOne() {
        Optional<Delivery> due = database.sql("""
                        update outbox
                           set attempts = attempts + 1,
                               due_at = now() + least(600, power(2, least(attempts, 10))) * interval '1 second'
                         where id = (select id from outbox where due_at <= now()
                                      order by due_at limit 1 for update skip locked)
                        returning id, event, listener, attempts""")
                .query((row, number) -> new Delivery(
                        row.getLong("id"), row.getString("event"), row.getString("listener"), row.getInt("attempts")))
                .optional();
        due.ifPresent(this::deliver);
        return due.isPresent();
    }

    private void deliver(Delivery delivery) {
        EventListener listener = listeners.get(delivery.listener());
        Optional<Event> event = store.find(delivery.event());
        try {
            if (listener != null && event.isPresent()) {
                listener.deliver(event.get());
            }
            remove(delivery);
        } catch (Exception e) {
            LOG.warnf(
                    "%s was not told of event %s (try %d): %s",
                    delivery.listener(), delivery.event(), delivery.attempts(), e.getMessage());
            if (delivery.attempts() >= MAX_ATTEMPTS) {
                remove(delivery);
            }
        }
    }

    private void remove(Delivery delivery) {
        database.sql("delete from outbox where id = :id")
                .param("id", delivery.id())
                .update();
    }
}
