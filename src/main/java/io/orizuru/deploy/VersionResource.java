package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.event.EventStreams;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}/versions/{version}")
@RunOnVirtualThread
class VersionResource implements Resource {
    private final VersionRemovals removals;
    private final EventStreams streams;
    private final Calls calls;

    VersionResource(VersionRemovals removals, EventStreams streams, Calls calls) {
        this.removals = removals;
        this.streams = streams;
        this.calls = calls;
    }

    /** Removes a version with its units and its build. */
    @DELETE
    @Api(
            title = "app version delete",
            since = "1.10",
            statuses = {200, 404, 409})
    @Requires("app.update")
    @Audited(cancelable = true)
    public Response removeVersion(@PathParam("app") App app, @PathParam("version") String version) {
        return streams.json(removals.remove(calls.current(), app, version));
    }
}
