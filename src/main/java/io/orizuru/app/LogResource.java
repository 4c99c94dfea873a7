package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.failure.OneLine;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Lines;
import io.orizuru.http.OpenStreams;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.limit.FairShare;
import io.orizuru.log.LogEntry;
import io.orizuru.log.LogLine;
import io.orizuru.log.Logs;
import io.orizuru.log.Query;
import io.orizuru.log.StoredLog;
import io.orizuru.log.Subscription;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

@Path("/apps/{app}")
@RunOnVirtualThread
class LogResource implements Resource {
    private static final int MOST_FOLLOWERS = 2_000;

    /** How long a follower may go on unaware that its token was revoked. */
    private static final Duration LOOK = Duration.ofMillis(500);

    private static final String DEFAULT_SOURCE = "app";

    private final Logs logs;
    private final Clock clock;
    private final OpenStreams streams;
    private final FairShare followers = new FairShare(MOST_FOLLOWERS);
    private final Calls calls;

    LogResource(Logs logs, Clock clock, OpenStreams streams, Calls calls) {
        this.calls = calls;
        this.logs = logs;
        this.clock = clock;
        this.streams = streams;
    }

    /** Lines to add; {@code message} may be repeated. */
    record NewLines(List<String> message, String source, String unit) {}

    /** The newest lines, and what comes after them when they are followed. */
    @GET
    @Path("/log")
    @Api(
            title = "app log",
            since = "1.0",
            output = LogEntry.class,
            statuses = {200, 400, 404, 503})
    @Requires("app.read.log")
    public Response read(@PathParam("app") App app, Body body) {
        Query query = query(body);
        return body.flag("follow") ? follow(app, query) : newest(app, query);
    }

    /** The newest lines that this server knows of; they are the same on every server. */
    @GET
    @Path("/log-instance")
    @Api(
            title = "app log instance",
            since = "1.8",
            output = LogEntry.class,
            statuses = {200, 400, 404, 503})
    @Requires("app.read.log")
    public Response readInstance(@PathParam("app") App app, Body body) {
        return read(app, body);
    }

    /** Adds lines to the app's log. */
    @POST
    @Path("/log")
    @Api(
            title = "app log",
            since = "1.0",
            input = NewLines.class,
            statuses = {200, 400, 404},
            maxBody = 256 << 10)
    @Requires("app.update.log")
    public Response add(@PathParam("app") App app, Body body) {
        String source = body.text("source").isEmpty() ? DEFAULT_SOURCE : body.text("source");
        for (String message : body.values("message")) {
            (message.isEmpty() ? Stream.of("") : message.lines())
                    .forEach(line -> logs.accept(
                            new LogLine(app.name(), clock.instant(), source, body.text("unit"), OneLine.of(line))));
        }
        return Answers.done();
    }

    private static Query query(Body body) {
        String lines = body.text("lines");
        if (lines.isEmpty()) {
            throw Failure.invalid("Parameter \"lines\" is mandatory.");
        }
        try {
            return new Query(
                    Integer.parseInt(lines), body.text("source"), body.flag("invert-source"), body.text("unit"));
        } catch (NumberFormatException e) {
            throw Failure.invalid("Parameter \"lines\" must be an integer.");
        }
    }

    private Response newest(App app, Query query) {
        StoredLog found = logs.read(app.name(), query);
        return Lines.json(streams.watched(lines -> {
                    if (!found.hasNext()) {
                        lines.raw("");
                        return;
                    }
                    lines.raw("[");
                    String between = "";
                    while (found.hasNext() && lines.open()) {
                        lines.elements(
                                between, found.next().stream().map(LogEntry::of).toList());
                        between = ",";
                    }
                    lines.raw("]\n");
                }))
                .build();
    }

    private Response follow(App app, Query query) {
        String caller = calls.current().caller().name();
        FairShare.Place place = followers
                .take(caller)
                .orElseThrow(() -> Failure.unavailable("you follow " + followers.held(caller) + " logs here already and"
                        + " may follow " + followers.perGroup() + ", or this server follows " + MOST_FOLLOWERS
                        + ", which is its limit"));
        return Lines.json(streams.watched(lines -> {
                    try (Subscription subscription = logs.follow(app.name(), query)) {
                        long silentSince = System.nanoTime();
                        while (lines.open() && subscription.isOpen()) {
                            List<LogLine> next = subscription.next(LOOK);
                            if (!lines.open()) {
                                break;
                            }
                            if (!next.isEmpty()) {
                                lines.object(next.stream().map(LogEntry::of).toList());
                            } else if (System.nanoTime() - silentSince > Lines.KEEP_ALIVE.toNanos()) {
                                lines.keepAlive();
                            } else {
                                continue;
                            }
                            silentSince = System.nanoTime();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        place.close();
                    }
                }))
                .build();
    }
}
