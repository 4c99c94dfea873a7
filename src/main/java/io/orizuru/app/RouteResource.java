package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.router.Backend;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/routes")
@RunOnVirtualThread
class RouteResource implements Resource {
    private final RouteSync routes;
    private final Events events;
    private final Calls calls;

    RouteResource(RouteSync routes, Events events, Calls calls) {
        this.routes = routes;
        this.events = events;
        this.calls = calls;
    }

    /** Whether only to tell what differs. */
    record Rebuild(boolean dry) {}

    /** What differed for one prefix of an app's names; null for nothing, as clients know it. */
    record PrefixResult(
            @JsonProperty("Prefix") String prefix,
            @JsonProperty("Added") @Nullable List<String> added,
            @JsonProperty("Removed") @Nullable List<String> removed) {}

    /** What differed on one router. */
    record Result(
            @JsonProperty("PrefixResults") List<PrefixResult> prefixes,
            @JsonProperty("Added") @Nullable List<String> added,
            @JsonProperty("Removed") @Nullable List<String> removed) {
        static Result of(RouteSync.Difference difference) {
            List<String> added = addresses(difference.missing());
            List<String> removed = addresses(difference.surplus());
            return new Result(List.of(new PrefixResult("", added, removed)), added, removed);
        }

        private static @Nullable List<String> addresses(Set<Backend> backends) {
            if (backends.isEmpty()) {
                return null;
            }
            List<String> all = new ArrayList<>();
            backends.forEach(backend -> all.add("http://" + backend.host() + ":" + backend.port()));
            return all.stream().distinct().sorted().toList();
        }
    }

    /** Brings the routers to the routes on record, and tells what differed on each. */
    @POST
    @Api(
            title = "rebuild routes",
            since = "1.0",
            input = Rebuild.class,
            output = Result.class,
            statuses = {200, 404, 409})
    @Requires("app.admin.routes")
    @Audited
    public Response rebuild(@PathParam("app") App app, Body body) {
        boolean dry = body.flag("dry");
        Map<String, Result> differences = events.perform(calls.current(), app.subject(), Data.of("dry", dry), () -> {
            Map<String, Result> results = new LinkedHashMap<>();
            routes.rebuild(app, dry).forEach((router, found) -> results.put(router, Result.of(found)));
            return results;
        });
        return Answers.json(200, differences);
    }
}
