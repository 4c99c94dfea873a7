package io.orizuru.app;

import io.orizuru.http.Api;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.http.Sockets;
import io.orizuru.log.LogEntry;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/** Where agents on the machines of pools bring what the units there print. */
@Path("/logs")
@RunOnVirtualThread
class LogIntakeResource implements Resource {
    private final LogIntakes intakes;
    private final Sockets sockets;

    LogIntakeResource(LogIntakes intakes, Sockets sockets) {
        this.intakes = intakes;
        this.sockets = sockets;
    }

    /** Lines of any apps, sent over a WebSocket as JSON objects one after the other. */
    @GET
    @Api(
            title = "log intake",
            since = "1.0",
            socket = true,
            input = LogEntry.class,
            statuses = {101, 400, 403, 503})
    @Requires(checked = Requires.Checked.FOR_AGENTS)
    public Response take() {
        sockets.requireAsked();
        try (LogIntakes.Open open = intakes.open()) {
            return sockets.serve(open::serve);
        }
    }
}
