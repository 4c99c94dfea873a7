package io.orizuru.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Description;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;

@Path("/")
@RunOnVirtualThread
@SuppressWarnings("deprecation") // The registry of the framework's line; the newer one comes with a later framework.
class ServerResource implements Resource {
    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final HealthChecks checks;
    private final PrometheusMeterRegistry metrics;
    private final MoreMetrics moreMetrics;
    private final Description description;
    private final String version;

    ServerResource(
            HealthChecks checks,
            PrometheusMeterRegistry metrics,
            MoreMetrics moreMetrics,
            Description description,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.checks = checks;
        this.metrics = metrics;
        this.moreMetrics = moreMetrics;
        this.description = description;
        this.version = version;
    }

    /** What this server is. */
    record Info(String version) {}

    /** A page that says what this is and where to go. */
    @GET
    @Api(title = "index", since = "1.0", open = true)
    public Response index() {
        return Response.ok("""
                <!doctype html>
                <html lang="en"><head><meta charset="utf-8"><title>Orizuru</title></head>
                <body><h1>Orizuru</h1>
                <p>A platform as a service. This is its API, the one that the <code>tsuru</code> client speaks:</p>
                <pre>tsuru target add mine THIS-ADDRESS --set-current
                tsuru login</pre>
                <p><a href="/openapi.json">Its description</a> · <a href="/healthcheck?check=all">How it is</a></p>
                </body></html>
                """)
                .header("Content-Type", "text/html; charset=utf-8")
                .build();
    }

    /** The server's version. */
    @GET
    @Path("/info")
    @Api(title = "api info", since = "1.0", output = Info.class)
    public Info info() {
        return new Info(version);
    }

    /** {@code WORKING} as soon as the server answers; with {@code check=all} a line for each thing it needs. */
    @GET
    @Path("/healthcheck")
    @Api(
            title = "healthcheck",
            since = "1.0",
            open = true,
            aliases = "/healthcheck/",
            cost = Api.Cost.NONE,
            statuses = {200, 500})
    public Response healthCheck(Body body) {
        if (!body.text("check").equals("all")) {
            return Response.ok("WORKING")
                    .header("Content-Type", "text/plain; charset=utf-8")
                    .build();
        }
        StringBuilder lines = new StringBuilder();
        boolean well = true;
        for (HealthChecks.Result each : checks.all()) {
            well &= each.problems().isEmpty();
            lines.append(each.name())
                    .append(each.problems().isEmpty() ? ": WORKING" : ": fail - " + String.join("; ", each.problems()))
                    .append(" (" + each.took().toNanos() / 1000 + "µs)\n");
            each.notices()
                    .forEach(notice -> lines.append("  note: ").append(notice).append('\n'));
        }
        return Answers.text(well ? 200 : 500, lines.toString());
    }

    /** Metrics in the format of Prometheus. */
    @GET
    @Path("/metrics")
    @Api(title = "metrics", since = "1.2", open = true)
    public Response metrics() {
        return Response.ok(metrics.scrape() + moreMetrics.text())
                .header("Content-Type", METRICS_TYPE)
                .build();
    }

    /** What all threads do, for those who look for the reason of something. */
    @GET
    @Path("/debug/goroutines")
    @Api(title = "dump goroutines", since = "1.0")
    @Requires("debug")
    public Response threads() {
        return Answers.text(200, ThreadDump.now());
    }

    /** The API's description in OpenAPI 3.1, made from the operations themselves. */
    @GET
    @Path("/openapi.json")
    @Api(title = "api description", since = "1.0", open = true, output = Map.class)
    public JsonNode openApi() {
        return description.openApi();
    }
}
