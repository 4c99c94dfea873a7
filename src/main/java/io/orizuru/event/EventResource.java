package io.orizuru.event;

import com.fasterxml.jackson.core.JsonGenerator;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Resource;
import io.orizuru.http.StreamedJson;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

@Path("/events")
@RunOnVirtualThread
class EventResource implements Resource {
    private final Events events;
    private final Calls calls;
    private final StreamedJson streamed;

    EventResource(Events events, Calls calls, StreamedJson streamed) {
        this.events = events;
        this.calls = calls;
        this.streamed = streamed;
    }

    /** Why an operation is to be cancelled. */
    record Cancellation(String reason) {}

    /** Events that the caller may read, the newest first; at most 100. */
    @GET
    @Api(
            title = "event list",
            since = "1.1",
            input = EventQuery.class,
            output = EventView.class,
            statuses = {200, 204, 400})
    public Response list(Body body) {
        List<List<String>> parts = events.list(calls.current(), body.as(EventQuery.class));
        return streamed.list(parts, events::listed);
    }

    /** The kinds of the events that there are. */
    @GET
    @Path("/kinds")
    @Api(
            title = "kind list",
            since = "1.1",
            output = EventView.Kind.class,
            statuses = {200, 204})
    public Response kinds() {
        return Answers.list(events.kinds());
    }

    /** One event with its log. */
    @GET
    @Path("/{uuid}")
    @Api(
            title = "event info",
            since = "1.1",
            output = EventView.class,
            statuses = {200, 400, 403, 404})
    public Response info(@PathParam("uuid") String id) {
        EventView event = events.info(calls.current(), EventIds.checked("uuid", id));
        KeptLog log = events.log(id);
        return streamed.object(
                event,
                Map.of(
                        "Log", json -> json.writeString(log.text(), -1),
                        "StructuredLog", json -> writeLines(log, json)));
    }

    /** Where clients know no empty list. */
    private static void writeLines(KeptLog log, JsonGenerator json) throws IOException {
        Iterator<Event.Line> lines = log.iterator();
        if (!lines.hasNext()) {
            json.writeNull();
            return;
        }
        json.writeStartArray();
        while (lines.hasNext()) {
            Event.Line line = lines.next();
            json.writePOJO(new EventView.Line(line.at(), line.message()));
        }
        json.writeEndArray();
    }

    /** Asks a running operation to stop at its next border; it then goes back to what was before. */
    @POST
    @Path("/{uuid}/cancel")
    @Api(
            title = "event cancel",
            since = "1.1",
            input = Cancellation.class,
            statuses = {204, 400, 403, 404, 409})
    public Response cancel(@PathParam("uuid") String id, Body body) {
        EventIds.checked("uuid", id);
        String reason = body.text("reason");
        if (reason.isEmpty()) {
            throw Failure.invalid("reason is mandatory");
        }
        events.cancel(calls.current(), id, reason);
        return Response.noContent().build();
    }
}
