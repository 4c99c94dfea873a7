package io.orizuru.app;

import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

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

    /** Was a way to take a lock away once; locks go by themselves now. */
    @DELETE
    @Path("/lock")
    @Api(
            title = "app unlock",
            since = "1.0",
            statuses = {404, 410})
    public Response unlock(@PathParam("app") App app) {
        throw Failure.gone("app unlock is deprecated, this call does nothing");
    }

    /** Lets requests go to a version of the app, or not. */
    @POST
    @Path("/routable")
    @Api(
            title = "toggle an app version as routable",
            since = "1.8",
            aliases = "/app/{app}/routable",
            input = Routability.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.routable")
    @Audited
    public Response routable(@PathParam("app") App app, Body body) {
        Routability wanted = body.as(Routability.class);
        return streams.end(scaling.route(
                calls.current(), app, wanted.version() == null ? "" : wanted.version(), wanted.isRoutable()));
    }

    /** Whether requests go to a version. */
    record Routability(boolean isRoutable, @Nullable String version) {}

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
