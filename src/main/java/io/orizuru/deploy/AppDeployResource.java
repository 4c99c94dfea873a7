package io.orizuru.deploy;

import com.fasterxml.jackson.annotation.JsonProperty;
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
    record NewDeploy(
            String origin,
            String message,
            String commit,
            String user,
            @JsonProperty("archive-url") String archiveUrl,
            String image,
            @JsonProperty("new-version") boolean newVersion,
            @JsonProperty("override-versions") boolean overrideVersions) {}

    /** A multipart form with the archive as {@code file}. */
    record NewBuild(String tag, @JsonProperty("archive-url") String archiveUrl) {}

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
        return streams.deployText(deploys.deploy(call, app, DeployRequest.of(body)), "deploy");
    }

    /** Builds an archive without running it. */
    @POST
    @Path("/build")
    @Api(
            title = "app build",
            since = "1.5",
            input = NewBuild.class,
            statuses = {200, 400, 403, 404, 409, 413})
    @Requires(value = "app.build", checked = Requires.Checked.BY_SERVICE)
    @Audited(cancelable = true)
    public Response build(@PathParam("app") String name, Body body) {
        Call call = calls.current();
        if (!apps.exists(name)) {
            throw Failure.notFound("App not found");
        }
        App app = apps.find(name);
        return streams.deployText(deploys.build(call, app, DeployRequest.of(body), body.text("tag")), "build");
    }

    /** Builds the newest version's archive again, on the platform as it is now, and runs it. */
    @POST
    @Path("/deploy/rebuild")
    @Api(
            title = "rebuild",
            since = "1.3",
            input = NewDeploy.class,
            statuses = {200, 400, 403, 404, 409})
    @Requires("app.deploy")
    @Audited(cancelable = true)
    public Response rebuild(@PathParam("app") App app, Body body) {
        return streams.deployJson(deploys.rebuild(calls.current(), app, DeployRequest.of(body)));
    }

    /** Was a comparison of two deploys once. */
    @POST
    @Path("/diff")
    @Api(title = "deploy diff", since = "1.0", statuses = 410)
    public Response diff() {
        throw Failure.gone("diff deploy is deprecated, this call does nothing");
    }
}
