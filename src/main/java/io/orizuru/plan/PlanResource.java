package io.orizuru.plan;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

@Path("/plans")
@RunOnVirtualThread
class PlanResource implements Resource {
    private final Plans plans;

    PlanResource(Plans plans) {
        this.plans = plans;
    }

    /** All plans. */
    @GET
    @Api(
            title = "plan list",
            since = "1.0",
            output = Plan.class,
            statuses = {200, 204})
    public Response list() {
        return Answers.list(plans.list());
    }
}
