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
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
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

    /**
     * Where to go back to.
     *
     * @param image a version: its number, {@code v} and its number, or its image
     * @param environment whether environment, plan and counts come back as well
     * @param release a whole release instead of a version
     * @param dry only tells what would change
     * @param ifRelease is refused with 409 when the app has another release by now
     */
    record Rollback(
            String image,
            String origin,
            boolean environment,
            @Nullable Integer release,
            boolean dry,
            @JsonProperty("if-release") @Nullable Integer ifRelease,
            @JsonProperty("new-version") boolean newVersion,
            @JsonProperty("override-versions") boolean overrideVersions) {}

    /** Whether a version may be gone back to. */
    record RollbackRule(String image, boolean disable, String reason) {}

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
        return streams.deployText(deploys.deploy(call, app, request(body)), "deploy");
    }

    private static Deploys.Request request(Body body) {
        return new Deploys.Request(
                body.upload("file"),
                body.text("archive-url"),
                body.text("image"),
                body.text("origin"),
                body.text("message"),
                body.flag("new-version"),
                body.flag("override-versions"));
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
        return streams.deployText(deploys.build(call, app, request(body), body.text("tag")), "build");
    }

    /** Goes back to a version, or with {@code release} to a whole release. */
    @POST
    @Path("/deploy/rollback")
    @Api(
            title = "rollback",
            since = "1.0",
            input = Rollback.class,
            statuses = {200, 400, 403, 404, 409})
    @Requires(value = "app.deploy", checked = Requires.Checked.BY_SERVICE)
    @Audited(cancelable = true)
    public Response rollBack(@PathParam("app") App app, Body body) {
        Call call = calls.current();
        call.require("app.deploy.rollback", app.contexts());
        Rollback wanted = body.as(Rollback.class);
        Conditions conditions = Conditions.of(body);
        if (conditions.dry()) {
            return Answers.json(
                    200,
                    wanted.release() == null
                            ? deploys.previewRollBack(app, request(body), conditions, wanted.environment())
                            : deploys.previewRollBackTo(app, wanted.release(), conditions));
        }
        return streams.deployJson(
                wanted.release() == null
                        ? deploys.rollBack(call, app, request(body), conditions, wanted.environment())
                        : deploys.rollBackTo(call, app, wanted.release(), request(body), conditions));
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
        return streams.deployJson(deploys.rebuild(calls.current(), app, request(body)));
    }

    /** Says whether a version may be gone back to. */
    @PUT
    @Path("/deploy/rollback/update")
    @Api(
            title = "rollback update",
            since = "1.4",
            input = RollbackRule.class,
            statuses = {200, 400, 403, 404})
    @Requires("app.update.deploy.rollback")
    @Audited
    public Response allowRollBack(@PathParam("app") App app, Body body) {
        deploys.allowRollBack(calls.current(), app, body.text("image"), body.text("disable"), body.text("reason"));
        return Response.ok().build();
    }

    /** Was a comparison of two deploys once. */
    @POST
    @Path("/diff")
    @Api(title = "deploy diff", since = "1.0", statuses = 410)
    public Response diff() {
        throw Failure.gone("diff deploy is deprecated, this call does nothing");
    }

    /** Removes a version with its units and its build. */
    @DELETE
    @Path("/versions/{version}")
    @Api(
            title = "app version delete",
            since = "1.10",
            statuses = {200, 404, 409})
    @Requires("app.update")
    @Audited(cancelable = true)
    public Response removeVersion(@PathParam("app") App app, @PathParam("version") String version) {
        return streams.json(deploys.removeVersion(calls.current(), app, version));
    }
}
