package io.orizuru.deploy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.app.App;
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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/deploy/rollback")
@RunOnVirtualThread
class RollbackResource implements Resource {
    private final Rollbacks rollbacks;
    private final EventStreams streams;
    private final Calls calls;

    RollbackResource(Rollbacks rollbacks, EventStreams streams, Calls calls) {
        this.rollbacks = rollbacks;
        this.streams = streams;
        this.calls = calls;
    }

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
            @Nullable String image,
            String origin,
            String message,
            boolean environment,
            @Nullable Integer release,
            boolean dry,
            @JsonProperty("if-release") @Nullable Integer ifRelease,
            @JsonProperty("new-version") boolean newVersion,
            @JsonProperty("override-versions") boolean overrideVersions) {

        /** Refuses what says where to go back to beside a whole release, which says all of that itself. */
        void requireOneAim() {
            if (release == null) {
                return;
            }
            refuseWithRelease("image", image != null && !image.isEmpty());
            refuseWithRelease("environment", environment);
            refuseWithRelease("new-version", newVersion);
            refuseWithRelease("override-versions", overrideVersions);
        }

        private void refuseWithRelease(String name, boolean given) {
            if (given) {
                throw Failure.invalid("release and " + name + " exclude each other: release " + release
                        + " comes back as a whole, with its versions, environment, plan and counts");
            }
        }
    }

    /** Whether a version may be gone back to. */
    record RollbackRule(String image, boolean disable, String reason) {}

    /** Goes back to a version, or with {@code release} to a whole release. */
    @POST
    @Api(
            title = "rollback",
            since = "1.0",
            input = Rollback.class,
            statuses = {200, 400, 403, 404, 409})
    @Requires(value = "app.deploy", checked = Requires.Checked.BY_SERVICE)
    @Audited(cancelable = true)
    public Response rollBack(@PathParam("app") App app, Body body) {
        Call call = calls.current();
        call.require(Source.Earlier.PERMISSION, app.contexts());
        Rollback wanted = body.as(Rollback.class);
        wanted.requireOneAim();
        Source.Earlier aim = Source.earlier(body, wanted.release());
        Conditions conditions = Conditions.of(body);
        return switch (aim) {
            case Source.EarlierVersion version ->
                to(call, app, DeployRequest.of(version, body), conditions, wanted.environment());
            case Source.EarlierRelease release -> to(call, app, DeployRequest.of(release, body), conditions);
        };
    }

    private Response to(
            Call call,
            App app,
            DeployRequest<Source.EarlierVersion> request,
            Conditions conditions,
            boolean environment) {
        return conditions.dry()
                ? Answers.json(200, rollbacks.previewRollBack(app, request, conditions, environment))
                : streams.deployJson(rollbacks.rollBack(call, app, request, conditions, environment));
    }

    private Response to(Call call, App app, DeployRequest<Source.EarlierRelease> request, Conditions conditions) {
        return conditions.dry()
                ? Answers.json(200, rollbacks.previewRollBackTo(app, request, conditions))
                : streams.deployJson(rollbacks.rollBackTo(call, app, request, conditions));
    }

    /** Says whether a version may be gone back to. */
    @PUT
    @Path("/update")
    @Api(
            title = "rollback update",
            since = "1.4",
            input = RollbackRule.class,
            statuses = {200, 400, 403, 404})
    @Requires("app.update.deploy.rollback")
    @Audited
    public Response allowRollBack(@PathParam("app") App app, Body body) {
        rollbacks.allowRollBack(calls.current(), app, body.text("image"), body.text("disable"), body.text("reason"));
        return Response.ok().build();
    }
}
