package io.orizuru.app;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/weights")
@RunOnVirtualThread
class WeightResource implements Resource {
    private final Releases releases;
    private final ReleaseChanges changes;
    private final Calls calls;

    WeightResource(Releases releases, ReleaseChanges changes, Calls calls) {
        this.releases = releases;
        this.changes = changes;
        this.calls = calls;
    }

    /**
     * A version's share of the requests.
     *
     * @param weight in percent
     */
    record Weight(@Nullable Integer version, @Nullable Integer weight) {}

    /** The shares of all versions that are to get requests; none to let all units get the same. */
    record Shares(@Nullable List<Weight> weights) {}

    /** The versions that run, and what of the requests they get. */
    @GET
    @Api(
            title = "app weights",
            since = "1.0",
            output = ReleaseResource.RunningView.class,
            statuses = {200, 204, 404})
    @Requires("app.read")
    public Response list(@PathParam("app") App app) {
        return Answers.list(releases.desired(app).placement().versions().stream()
                .map(ReleaseResource.RunningView::of)
                .toList());
    }

    /** Sets what of the requests each version gets, in percent: 100 altogether. No unit is restarted. */
    @PUT
    @Api(
            title = "app weights set",
            since = "1.0",
            input = Shares.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.routable")
    @Audited
    public Response set(@PathParam("app") App app, Body body) {
        List<Weight> weights = Objects.requireNonNullElse(body.as(Shares.class).weights(), List.of());
        return changes.answer(
                calls.current(),
                app,
                Conditions.of(body),
                VersionRouting.weigh(weights.stream()
                        .map(each -> new VersionRouting.Share(each.version(), each.weight()))
                        .toList()));
    }
}
