package io.orizuru.event;

import io.orizuru.failure.Failure;
import io.orizuru.http.Lines;
import io.orizuru.http.OpenStreams;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Provider;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.util.stream.Collectors;
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

    private final EventStore store;
    private final Signals signals;
    private final Clock clock;
    private final Provider<RoutingContext> routing;
    private final OpenStreams streams;

    EventStreams(
            EventStore store, Signals signals, Clock clock, Provider<RoutingContext> routing, OpenStreams streams) {
        this.store = store;
        this.signals = signals;
        this.clock = clock;
        this.routing = routing;
        this.streams = streams;
    }

    /** As JSON objects, an error as the last one. */
    public Response json(String event) {
        return Lines.json(streams.watched(lines -> {
                    String error = follow(event, lines, line -> lines.message(line.at(), line.message()));
                    if (!error.isEmpty()) {
                        lines.error(clock.instant(), error);
                    }
                }))
                .header(EVENT_ID, event)
                .build();
    }

    /**
     * As {@link #json}, but with a status of its own when the operation failed before it printed anything.
     *
     * @throws Failure with its error
     */
    public Response jsonOrFailure(String event) {
        String error = awaitFirstLineOrEnd(event);
        if (!error.isEmpty()) {
            throw Failure.invalid(error);
        }
        return json(event);
    }

    /** Waits for a first line or the end; answers the error of what ended without any. */
    private String awaitFirstLineOrEnd(String id) {
        try (Signals.Listener listener = signals.listen(id)) {
            while (true) {
                EventStore.Standing standing = store.standing(id, 0);
                if (!standing.log().isEmpty()) {
                    return "";
                }
                if (!standing.running()) {
                    return standing.error();
                }
                listener.await(Signals.POLL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping; the operation goes on: " + id);
        }
    }

    /** As {@link #json}, with the error as clients of deploys know it. */
    public Response deployJson(String event) {
        return Lines.json(streams.watched(lines -> {
                    String error = follow(event, lines, line -> lines.message(line.at(), line.message()));
                    if (!error.isEmpty()) {
                        lines.error(clock.instant(), "\n---- ERROR during deploy: ----\n" + error + "\n");
                    }
                }))
                .header(EVENT_ID, event)
                .build();
    }

    /**
     * Nothing but whether it went well, once it has ended.
     *
     * @throws Failure with its error
     */
    public Response end(String event) {
        String error = awaitEnd(event);
        if (!error.isEmpty()) {
            throw Failure.invalid(error);
        }
        return Response.ok().header(EVENT_ID, event).build();
    }

    /** Waits for the end; answers the error, empty when it went well. */
    private String awaitEnd(String id) {
        try (Signals.Listener listener = signals.listen(id)) {
            while (true) {
                EventStore.Standing standing = store.standing(id, Integer.MAX_VALUE);
                if (!standing.running()) {
                    return standing.error();
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
                    lines.raw(
                            error.isEmpty() ? "\nOK\n" : "\n---- ERROR during " + headline + ": ----\n" + error + "\n");
                }))
                .header(EVENT_ID, event)
                .build();
    }

    /** The whole log as one text, each message with its time before it. */
    public String text(String event) {
        return store.wholeLog(event).stream().map(Event.Line::dated).collect(Collectors.joining());
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
                    EventStore.Standing standing = store.standing(id, last);
                    awaySince = 0;
                    for (Event.Line line : standing.log()) {
                        writer.write(line);
                        last = line.number();
                    }
                    if (!standing.running() && standing.log().size() < EventStore.LOG_PAGE) {
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
