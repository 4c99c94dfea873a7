package io.orizuru.app;

import io.orizuru.autoscale.AutoscaleSpec;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}/units/autoscale")
@RunOnVirtualThread
class AutoscaleResource implements Resource {
    private final Autoscaling autoscaling;
    private final Calls calls;

    AutoscaleResource(Autoscaling autoscaling, Calls calls) {
        this.autoscaling = autoscaling;
        this.calls = calls;
    }

    /** Which process's rule. */
    record OfProcess(String process) {}

    /** Which version rules are to be about. */
    record OfVersion(String version) {}

    /** The autoscale rules of the app; an empty list without any. */
    @GET
    @Api(
            title = "units autoscale info",
            since = "1.9",
            output = AutoscaleSpec.class,
            statuses = {200, 404})
    @Requires("app.read")
    public Response list(@PathParam("app") App app) {
        return Answers.json(200, autoscaling.of(app));
    }

    /** Sets how many units a process has, and by what: its number of units is no longer set by hand then. */
    @POST
    @Api(
            title = "add unit auto scale",
            since = "1.9",
            input = AutoscaleSpec.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.unit.autoscale.add")
    @Audited
    public Response set(@PathParam("app") App app, Body body) {
        autoscaling.set(calls.current(), app, spec(body));
        return Response.ok().build();
    }

    private static AutoscaleSpec spec(Body body) {
        try {
            return body.as(AutoscaleSpec.class);
        } catch (Failure failure) {
            throw Failure.invalid("unable to parse autoscale spec: " + failure.message());
        }
    }

    /** Takes the rule of a process away; its units stay as many as they are. */
    @DELETE
    @Api(
            title = "remove unit auto scale",
            since = "1.9",
            input = OfProcess.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.unit.autoscale.remove")
    @Audited
    public Response remove(@PathParam("app") App app, Body body) {
        autoscaling.remove(calls.current(), app, body.text("process"));
        return Response.ok().build();
    }

    /** Lets the rules of the app be about another version that runs. */
    @POST
    @Path("/swap")
    @Api(
            title = "swap unit auto scale",
            since = "1.29",
            input = OfVersion.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.unit.autoscale.swap")
    @Audited
    public Response swap(@PathParam("app") App app, Body body) {
        autoscaling.swap(calls.current(), app, body.text("version"));
        return Response.ok().build();
    }
}
