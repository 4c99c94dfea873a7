package io.orizuru.app;

import io.orizuru.event.EventStreams;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}")
@RunOnVirtualThread
class LifecycleResource implements Resource {
    private final Scaling scaling;
    private final EventStreams streams;
    private final Calls calls;

    LifecycleResource(Scaling scaling, EventStreams streams, Calls calls) {
        this.scaling = scaling;
        this.streams = streams;
        this.calls = calls;
    }

    /** Which processes of which versions are meant; all when nothing is said. */
    record Processes(String process, String version) {}

    /** Brings stopped units back. */
    @POST
    @Path("/start")
    @Api(
            title = "app start",
            since = "1.0",
            input = Processes.class,
            statuses = {200, 404, 409})
    @Requires("app.update.start")
    @Audited(cancelable = true)
    public Response start(@PathParam("app") App app, Body body) {
        return streams.json(scaling.start(calls.current(), app, UnitResource.scope(body)));
    }

    /** Stops units; starting brings back as many. */
    @POST
    @Path("/stop")
    @Api(
            title = "app stop",
            since = "1.0",
            input = Processes.class,
            statuses = {200, 404, 409})
    @Requires("app.update.stop")
    @Audited(cancelable = true)
    public Response stop(@PathParam("app") App app, Body body) {
        return streams.json(scaling.stop(calls.current(), app, UnitResource.scope(body)));
    }

    /** Replaces units by new ones, without a gap. */
    @POST
    @Path("/restart")
    @Api(
            title = "app restart",
            since = "1.0",
            input = Processes.class,
            statuses = {200, 404, 409})
    @Requires("app.update.restart")
    @Audited(cancelable = true)
    public Response restart(@PathParam("app") App app, Body body) {
        return streams.json(scaling.restart(calls.current(), app, UnitResource.scope(body)));
    }
}
