package io.orizuru.app;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.Map;

@Path("/apps/{app}/metric/envs")
@RunOnVirtualThread
class MetricResource implements Resource {
    /**
     * The {@code METRICS_*} variables of the agent that collects the app's metrics. They come from an agent on the app's
     * nodes; the process engine has no nodes, and so no such agent.
     */
    @GET
    @Api(
            title = "metric envs",
            since = "1.0",
            output = Map.class,
            statuses = {200, 404})
    @Requires("app.read.metric")
    public Response environment(@PathParam("app") App app) {
        return Answers.json(200, Map.of());
    }
}
