package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Call;
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
class AppDeployResource implements Resource {
    private final Deploys deploys;
    private final Apps apps;
    private final EventStreams streams;
    private final Calls calls;

    AppDeployResource(Deploys deploys, Apps apps, EventStreams streams, Calls calls) {
        this.deploys = deploys;
        this.apps = apps;
        this.streams = streams;
        this.calls = calls;
    }

    /** A multipart form with the archive as {@code file}. */
    record NewDeploy(String origin, String message, String commit, String user) {}

    /** Builds an uploaded archive and runs it; the answer is what the build and the rollout print. */
    @POST
    @Path("/deploy")
    @Api(
            title = "app deploy",
            since = "1.0",
            input = NewDeploy.class,
            statuses = {200, 400, 403, 404, 409, 413})
    @Requires(value = "app.deploy", checked = Requires.Checked.BY_SERVICE)
    @Audited(cancelable = true, deployText = true)
    public Response deploy(@PathParam("app") String name, Body body) {
        Call call = calls.current();
        if (!apps.exists(name)) {
            throw Failure.notFound("App not found");
        }
        App app = apps.find(name);
        Deploys.Request request = new Deploys.Request(
                body.upload("file"),
                body.text("archive-url"),
                body.text("image"),
                body.text("origin"),
                body.text("message"));
        return streams.deployText(deploys.deploy(call, app, request), "deploy");
    }
}
