package io.orizuru.event;

import io.orizuru.db.Database;
import io.orizuru.http.Call;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Events of what lasts as long as a connection does. They lock nothing and are taken over by nobody: the server that has the
 * connection says every few seconds that it is there, and when it says so no more any other one ends the event.
 */
@ApplicationScoped
public class Sessions {
    private static final Logger LOG = Logger.getLogger(Sessions.class);
    private static final Duration LOOK = Duration.ofSeconds(5);
    /** After this time without a word a server is gone, or so long from the database that it counts as gone. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String LOST = "the server that had the connection is gone";

    private final Database database;
    private final EventStore store;
    private final EventIds ids;
    private final Events events;
    private final Outbox outbox;
    private final Set<String> open = ConcurrentHashMap.newKeySet();
    /** Events that ended and of which the database does not know it yet. */
    private final Map<String, End> ends = new ConcurrentHashMap<>();

    private final Thread looker = Thread.ofVirtual().name("sessions").unstarted(this::lookAgainAndAgain);
    private volatile boolean stopping;

    Sessions(Database database, EventStore store, EventIds ids, Events events, Outbox outbox) {
        this.database = database;
        this.store = store;
        this.ids = ids;
        this.events = events;
        this.outbox = outbox;
    }

    /** How a session ended. */
    private record End(String error, Map<String, Object> data) {}

    void start(@Observes @Priority(5000) StartupEvent started) {
        looker.start();
    }

    void stop(@Observes @Priority(900) ShutdownEvent stopped) {
        stopping = true;
        LockSupport.unpark(looker);
    }

    /** Begins the event of a session; answers its id. */
    public String begin(Call call, Subject subject, Data data) {
        Event event = events.draft(ids.next(), call, subject, data);
        database.transact(() -> {
            store.insert(event);
            store.keep(List.of(event.id()), PATIENCE);
        });
        open.add(event.id());
        return event.id();
    }

    /**
     * Ends it, now or as soon as the database answers.
     *
     * @param error empty when it ended as it should
     * @param data what the event keeps of its end
     */
    public void end(String id, String error, Map<String, Object> data) {
        ends.put(id, new End(error, data));
        endNow(id);
    }

    private void endNow(String id) {
        End end = ends.get(id);
        if (end == null) {
            return;
        }
        try {
            database.transact(() -> {
                store.putEndData(id, end.data());
                if (store.end(id, end.error())) {
                    outbox.put(id);
                }
            });
            ends.remove(id);
            open.remove(id);
        } catch (DataAccessException | TransactionException e) {
            LOG.debugf(e, "the end of the event %s is not on record yet", id);
        }
    }

    private void lookAgainAndAgain() {
        while (!stopping) {
            try {
                ends.keySet().forEach(this::endNow);
                store.keep(open, PATIENCE);
                for (String lost : store.lost()) {
                    database.transact(() -> {
                        if (store.end(lost, LOST)) {
                            outbox.put(lost);
                        }
                    });
                }
            } catch (DataAccessException | TransactionException e) {
                LOG.debugf(e, "the sessions are not looked after until the database answers");
            } catch (RuntimeException | Error e) {
                LOG.errorf(e, "the sessions were not looked after this time");
            }
            LockSupport.parkNanos(LOOK.toNanos());
        }
        ends.keySet().forEach(this::endNow);
    }
}
