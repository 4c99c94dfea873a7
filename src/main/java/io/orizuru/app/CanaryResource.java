package io.orizuru.app;

import io.orizuru.canary.CanaryPlan;
import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
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
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/canary")
@RunOnVirtualThread
class CanaryResource implements Resource {
    private final Canaries canaries;
    private final EventStreams streams;
    private final Calls calls;

    CanaryResource(Canaries canaries, EventStreams streams, Calls calls) {
        this.canaries = canaries;
        this.streams = streams;
        this.calls = calls;
    }

    /**
     * How a version comes to get all requests; everything but the version has a usual value. See {@link CanaryPlan}.
     *
     * @param interval in seconds
     * @param patience in seconds
     */
    record Canary(
            @Nullable Integer version,
            @Nullable List<Integer> steps,
            @Nullable Integer interval,
            @Nullable Double errorFactor,
            @Nullable Double latencyFactor,
            @Nullable Integer minimumRequests,
            @Nullable Integer patience) {
        CanaryPlan plan() {
            if (version == null) {
                throw Failure.invalid("version: the number of the version to try is needed");
            }
            int seconds = Objects.requireNonNullElse(interval, CanaryPlan.USUAL_INTERVAL);
            long patient = (long) seconds * CanaryPlan.USUAL_PATIENCE_INTERVALS;
            return new CanaryPlan(
                            version,
                            steps == null ? CanaryPlan.USUAL_STEPS : steps,
                            seconds,
                            Objects.requireNonNullElse(errorFactor, CanaryPlan.USUAL_ERROR_FACTOR),
                            Objects.requireNonNullElse(latencyFactor, CanaryPlan.USUAL_LATENCY_FACTOR),
                            Objects.requireNonNullElse(minimumRequests, CanaryPlan.USUAL_MINIMUM_REQUESTS),
                            Objects.requireNonNullElse(patience, (int) Math.min(patient, Integer.MAX_VALUE)))
                    .checked();
        }
    }

    /**
     * Lets a version that runs get all requests, step by step; it is withdrawn by itself when it fails more requests than the
     * version before, or is slower, by a factor. Cancelling withdraws it too.
     */
    @POST
    @Api(
            title = "app canary",
            since = "1.0",
            input = Canary.class,
            statuses = {200, 400, 404, 409, 503})
    @Requires("app.update.routable")
    @Audited(grows = true, cancelable = true)
    public Response begin(@PathParam("app") App app, Body body) {
        CanaryPlan plan = body.as(Canary.class).plan();
        Conditions conditions = Conditions.of(body);
        return conditions.dry()
                ? Answers.json(200, canaries.preview(app, plan, conditions))
                : streams.json(canaries.begin(calls.current(), app, plan, conditions));
    }
}
