package io.orizuru.event;

import io.orizuru.failure.Failure;
import io.orizuru.http.Lines;
import io.orizuru.http.OpenStreams;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import jakarta.ws.rs.core.Response;
import java.io.Reader;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * An event's log as an answer that grows until the event ends. Whoever reads it reads the database: a slow or vanished
 * client never touches the work.
 */
@ApplicationScoped
public class EventStreams {
    private static final String REVOKED = "your token is not valid any more; the operation goes on without you";
    private static final String EVENT_ID = "X-Tsuru-Eventid";

    /** How long a stream outlives the database. */
    private static final Duration DATABASE_PATIENCE = Duration.ofMinutes(2);

    private final EventLogStore store;
    private final Signals signals;
    private final Clock clock;
    private final Provider<RoutingContext> routing;
    private final OpenStreams streams;

    EventStreams(
            EventLogStore store, Signals signals, Clock clock, Provider<RoutingContext> routing, OpenStreams streams) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        this.routing = routing;
        this.streams = streams;
    }

    /** As JSON objects, an error as the last one. */
    public Response json(String event) {
        return json(event, error -> error);
    }

    /** As {@link #json}, with the error as clients of deploys know it. */
    public Response deployJson(String event) {
        return json(event, error -> deployError("deploy", error));
    }

    private Response json(String event, UnaryOperator<String> told) {
        return Lines.json(streams.watched(lines -> {
                    String error = follow(event, lines, line -> lines.message(line.at(), line.message()));
                    if (!error.isEmpty()) {
                        lines.error(clock.instant(), told.apply(error));
                    }
                }))
                .header(EVENT_ID, event)
                .build();
    }

    private static String deployError(String headline, String error) {
        return "\n---- ERROR during " + headline + ": ----\n" + error + "\n";
    }

    /**
     * As {@link #json}, but with a status of its own when the operation failed before it printed anything.
     *
     * @throws Failure with its error
     */
    public Response jsonOrFailure(String event) {
        EventLogStore.Standing standing = await(event, 0, first -> !first.log().isEmpty());
        if (standing.log().isEmpty()) {
            requireNone(standing.error());
        }
        return json(event);
    }

    /**
     * Nothing but whether it went well, once it has ended.
     *
     * @throws Failure with its error
     */
    public Response end(String event) {
        return end(event, 200);
    }

    /** As {@link #end}, of something that was made. */
    public Response made(String event) {
        return end(event, 201);
    }

    private Response end(String event, int status) {
        requireNone(await(event, Integer.MAX_VALUE, standing -> false).error());
        return Response.status(status).header(EVENT_ID, event).build();
    }

    private static void requireNone(String error) {
        if (!error.isEmpty()) {
            throw Failure.invalid(error);
        }
    }

    /** Waits for the end, or until what is there is enough; sees the lines after a number. */
    private EventLogStore.Standing await(String id, int after, Predicate<EventLogStore.Standing> enough) {
        try (Signals.Listener listener = signals.listen(id)) {
            while (true) {
                EventLogStore.Standing standing = store.standing(id, after);
                if (!standing.running() || enough.test(standing)) {
                    return standing;
                }
                listener.await(Signals.POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping; the operation goes on: " + id);
        }
    }

    /** As the text of a deploy: it ends with {@code OK} on a line of its own exactly when all went well. */
    public Response deployText(String event, String headline) {
        return Lines.text(routing.get(), streams.watched(lines -> {
                    String error = follow(event, lines, line -> lines.raw(line.message()));
                    lines.raw(error.isEmpty() ? "\nOK\n" : deployError(headline, error));
                }))
                .header(EVENT_ID, event)
                .build();
    }

    /** What is kept of the log as one text, each message with its time before it; read as far as it is asked for. */
    public Reader text(String event) {
        return new KeptLog(store, event).text();
    }

    private static String howToGoOn(String event) {
        return "the operation goes on without this stream: GET /events/" + event + " tells its end";
    }

    private interface Writer {
        void write(Event.Line line);
    }

    /** Writes the log until the event has ended; answers its error. */
    private String follow(String id, Lines lines, Writer writer) {
        int last = 0;
        long silentSince = System.nanoTime();
        long awaySince = 0;
        try (Signals.Listener listener = signals.listen(id)) {
            while (lines.open()) {
                try {
                    EventLogStore.Standing standing = store.standing(id, last);
                    awaySince = 0;
                    for (Event.Line line : standing.log()) {
                        if (line.number() > last + 1) {
                            writer.write(KeptLog.gap(last, line));
                        }
                        writer.write(line);
                        last = line.number();
                    }
                    if (!standing.running() && standing.log().isEmpty()) {
                        return standing.error();
                    }
                    if (!standing.log().isEmpty()) {
                        silentSince = System.nanoTime();
                        continue;
                    }
                } catch (DataAccessException | TransactionException e) {
                    awaySince = awaySince == 0 ? System.nanoTime() : awaySince;
                    if (System.nanoTime() - awaySince > DATABASE_PATIENCE.toNanos()) {
                        return "the database does not answer; " + howToGoOn(id);
                    }
                }
                if (signals.closed()) {
                    return "the server is stopping; " + howToGoOn(id);
                }
                if (System.nanoTime() - silentSince > Lines.KEEP_ALIVE.toNanos()) {
                    lines.keepAlive();
                    silentSince = System.nanoTime();
                }
                listener.await(Signals.POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return lines.revoked() ? REVOKED : "";
    }
}
