package io.orizuru.deploy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Conditions;
import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
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
import org.jspecify.annotations.Nullable;

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

    /**
     * A multipart form with the archive as {@code file}, or a form that names one of {@code archive-url}, {@code git-url} and
     * {@code image}.
     *
     * @param gitRef a branch, a tag, or a commit by all of its digits; the newest commit where it is missing
     * @param dry only tells what an image would change
     * @param ifRelease is refused with 409 when the app has another release by now
     */
    record NewDeploy(
            String origin,
            String message,
            @JsonProperty("archive-url") String archiveUrl,
            @JsonProperty("git-url") String gitUrl,
            @JsonProperty("git-ref") String gitRef,
            @JsonProperty("git-user") String gitUser,
            @JsonProperty("git-password") String gitPassword,
            String image,
            boolean dry,
            @JsonProperty("if-release") @Nullable Integer ifRelease,
            @JsonProperty("new-version") boolean newVersion,
            @JsonProperty("override-versions") boolean overrideVersions) {}

    /**
     * How to build again.
     *
     * @param ifRelease is refused with 409 when the app has another release by now
     */
    record Rebuild(
            String origin,
            String message,
            @JsonProperty("if-release") @Nullable Integer ifRelease,
            @JsonProperty("new-version") boolean newVersion,
            @JsonProperty("override-versions") boolean overrideVersions) {}

    /**
     * A multipart form with the archive as {@code file}, or a form that says where it is.
     *
     * @param ifRelease is refused with 409 when the app has another release by now, whose variables the build would get
     */
    record NewBuild(
            String tag,
            @JsonProperty("archive-url") String archiveUrl,
            @JsonProperty("git-url") String gitUrl,
            @JsonProperty("git-ref") String gitRef,
            @JsonProperty("git-user") String gitUser,
            @JsonProperty("git-password") String gitPassword,
            @JsonProperty("if-release") @Nullable Integer ifRelease) {}

    /** Builds what is uploaded or fetched, and runs it; the answer is what the build and the rollout print. */
    @POST
    @Path("/deploy")
    @Api(
            title = "app deploy",
            since = "1.0",
            input = NewDeploy.class,
            statuses = {200, 400, 403, 404, 409, 413},
            files = "file")
    @Requires(value = "app.deploy", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true, cancelable = true, deployText = "deploy")
    public Response deploy(@PathParam("app") String name, Body body) {
        return deployed(name, body);
    }

    /** A deploy, under the name that hooks of repositories call it by. */
    @POST
    @Path("/repository/clone")
    @Api(
            title = "app deploy",
            since = "1.0",
            input = NewDeploy.class,
            statuses = {200, 400, 403, 404, 409, 413},
            files = "file")
    @Requires(value = "app.deploy", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true, cancelable = true, deployText = "deploy")
    public Response deployRepository(@PathParam("app") String name, Body body) {
        return deployed(name, body);
    }

    private Response deployed(String name, Body body) {
        App app = existing(name);
        requireSome("app.deploy", app);
        DeployRequest.requireOrigin(body);
        DeployRequest<Source> request = DeployRequest.of(Source.of(body), body);
        Conditions conditions = Conditions.of(body);
        if (conditions.dry()) {
            return Answers.json(200, deploys.preview(calls.current(), app, request, conditions));
        }
        return streams.deployText(deploys.deploy(calls.current(), app, request, conditions), "deploy");
    }

    /** Before a file is let in; which permission it takes is known when it is. */
    private void requireSome(String permission, App app) {
        if (!calls.current().caller().mayPartOf(permission, app)) {
            throw Failure.forbidden("User does not have permission to do this action in this app");
        }
    }

    private App existing(String name) {
        if (!apps.exists(name)) {
            throw Failure.notFound("App not found");
        }
        return apps.find(name);
    }

    /** Builds an archive without running it. */
    @POST
    @Path("/build")
    @Api(
            title = "app build",
            since = "1.5",
            input = NewBuild.class,
            statuses = {200, 400, 403, 404, 409, 413},
            files = "file")
    @Requires(value = "app.build", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true, cancelable = true, deployText = "build")
    public Response build(@PathParam("app") String name, Body body) {
        Call call = calls.current();
        App app = existing(name);
        requireSome("app.build", app);
        return streams.deployText(deploys.build(call, app, body, Conditions.of(body), body.text("tag")), "build");
    }

    /** Builds the newest version's archive again, on the platform as it is now, and runs it. */
    @POST
    @Path("/deploy/rebuild")
    @Api(
            title = "rebuild",
            since = "1.3",
            input = Rebuild.class,
            statuses = {200, 400, 403, 404, 409})
    @Requires("app.deploy")
    @Audited(grows = true, cancelable = true)
    public Response rebuild(@PathParam("app") App app, Body body) {
        DeployRequest<Source.Newest> request = DeployRequest.of(Source.newest(body), body);
        return streams.deployJson(deploys.rebuild(calls.current(), app, request, Conditions.of(body)));
    }

    /** Was a comparison of two deploys once. */
    @POST
    @Path("/diff")
    @Api(title = "deploy diff", since = "1.0", statuses = 410)
    public Response diff() {
        throw Failure.gone("diff deploy is deprecated, this call does nothing");
    }
}
