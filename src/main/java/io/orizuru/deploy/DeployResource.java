package io.orizuru.deploy;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.app.Apps;
import io.orizuru.event.EventIds;
import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Call;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.http.StreamedJson;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;

@Path("/deploys")
@RunOnVirtualThread
class DeployResource implements Resource {
    private static final int MOST = 100;

    private final DeployRecords records;
    private final Apps apps;
    private final EventStreams streams;
    private final Calls calls;
    private final StreamedJson streamed;

    DeployResource(DeployRecords records, Apps apps, EventStreams streams, Calls calls, StreamedJson streamed) {
        this.records = records;
        this.apps = apps;
        this.streams = streams;
        this.calls = calls;
        this.streamed = streamed;
    }

    /** A deploy as the API shows it; the duration in nanoseconds. */
    record DeployView(
            @JsonProperty("ID") String id,
            @JsonProperty("App") String app,
            @JsonProperty("Timestamp") Instant startedAt,
            @JsonProperty("Duration") long duration,
            @JsonProperty("Commit") String commit,
            @JsonProperty("Error") String error,
            @JsonProperty("Image") String image,
            @JsonProperty("Version") int version,
            @JsonProperty("Log") String log,
            @JsonProperty("User") String user,
            @JsonProperty("Origin") String origin,
            @JsonProperty("CanRollback") boolean canRollBack,
            @JsonProperty("Diff") String diff,
            @JsonProperty("Message") String message) {
        static DeployView of(DeployRecords.Deploy deploy, String log) {
            return new DeployView(
                    deploy.id(),
                    deploy.app(),
                    deploy.startedAt(),
                    deploy.duration().toNanos(),
                    deploy.commit(),
                    deploy.error(),
                    deploy.image(),
                    deploy.version(),
                    log,
                    deploy.user(),
                    deploy.origin(),
                    deploy.canRollBack(),
                    "",
                    deploy.message());
        }
    }

    /** The deploys that the caller may read, newest first. */
    @GET
    @Api(
            title = "deploy list",
            since = "1.0",
            output = DeployView.class,
            statuses = {200, 204, 400})
    @Requires(value = "app.read.deploy", checked = Requires.Checked.BY_FILTER)
    public Response list(Body body) {
        List<DeployView> found = records
                .list(
                        body.text("app"),
                        calls.current().caller().contextsOf("app.read.deploy"),
                        Math.min(MOST, number(body, "limit", MOST)),
                        number(body, "skip", 0))
                .stream()
                .map(deploy -> DeployView.of(deploy, ""))
                .toList();
        return Answers.list(found);
    }

    private static int number(Body body, String name, int otherwise) {
        String text = body.text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            return number > 0 ? number : otherwise;
        } catch (NumberFormatException e) {
            throw Failure.invalid("\"" + text + "\" is no number for " + name);
        }
    }

    /** One deploy with what it printed. */
    @GET
    @Path("/{deploy}")
    @Api(
            title = "deploy info",
            since = "1.0",
            output = DeployView.class,
            statuses = {200, 400, 404})
    @Requires(value = "app.read.deploy", checked = Requires.Checked.BY_SERVICE)
    public Response info(@PathParam("deploy") String id) {
        EventIds.checked("id", id);
        DeployRecords.Deploy deploy =
                records.find(id).filter(this::visible).orElseThrow(() -> Failure.notFound("Deploy not found."));
        return streamed.object(
                DeployView.of(deploy, ""), Map.of("Log", json -> json.writeString(streams.text(id), -1)));
    }

    /** By the app itself, not by another one that has its name now. */
    private boolean visible(DeployRecords.Deploy deploy) {
        Call call = calls.current();
        return deploy.ofAppOfNow()
                ? call.caller().may("app.read.deploy", apps.find(deploy.app()))
                : call.caller().mayGlobally("app.read.deploy");
    }
}
