package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;
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
    private final ReleaseChanges changes;
    private final EventStreams streams;
    private final Calls calls;

    LifecycleResource(Scaling scaling, ReleaseChanges changes, EventStreams streams, Calls calls) {
        this.scaling = scaling;
        this.changes = changes;
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
    @Audited(grows = true, cancelable = true)
    public Response start(@PathParam("app") App app, Body body) {
        return changes.answer(calls.current(), app, Conditions.of(body), scaling.start(app, UnitResource.scope(body)));
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
        return changes.answer(calls.current(), app, Conditions.of(body), scaling.stop(app, UnitResource.scope(body)));
    }

    /**
     * How to put processes to sleep.
     *
     * @param proxy the URL of who answers the app's visitors meanwhile
     * @param wake whether a visitor wakes the app; then the proxy may be left out, and visitors wait
     */
    record Sleep(String process, String version, String proxy, boolean wake) {}

    /** Puts units to sleep, until the app is started or a visitor wakes it. */
    @POST
    @Path("/sleep")
    @Api(
            title = "app sleep",
            since = "1.0",
            input = Sleep.class,
            statuses = {200, 400, 404})
    @Requires("app.update.sleep")
    @Audited
    public Response sleep(@PathParam("app") App app, Body body) {
        SleepRequest request = SleepRequest.of(body.text("proxy"), body.flag("wake"));
        return changes.answer(
                calls.current(), app, Conditions.of(body), scaling.sleep(app, UnitResource.scope(body), request));
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
        Proposal proposal = VersionRouting.route(wanted.version() == null ? "" : wanted.version(), wanted.isRoutable());
        Conditions conditions = Conditions.of(body);
        if (conditions.dry()) {
            return changes.answer(calls.current(), app, conditions, proposal);
        }
        return streams.end(changes.accept(calls.current(), app, conditions, proposal));
    }

    /**
     * Whether requests go to a version.
     *
     * @param dry only tells what would change
     * @param ifRelease is refused with 409 when the app has another release by now
     */
    record Routability(
            boolean isRoutable,
            @Nullable String version,
            boolean dry,
            @JsonProperty("if-release") @Nullable Integer ifRelease) {}

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
        return changes.answer(
                calls.current(), app, Conditions.of(body), scaling.restart(app, UnitResource.scope(body)));
    }
}
