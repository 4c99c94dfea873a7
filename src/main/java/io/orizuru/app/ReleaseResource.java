package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/releases")
@RunOnVirtualThread
class ReleaseResource implements Resource {
    private static final int MOST = 100;

    private final Releases releases;

    ReleaseResource(Releases releases) {
        this.releases = releases;
    }

    /**
     * A version that a release runs, with its units by process.
     *
     * @param weight its share of the requests in percent, 0 to 100; null when no weights are set
     */
    record RunningView(
            int version, boolean routable, @Nullable Integer weight, Map<String, Integer> units) {
        static RunningView of(Placement.Running running) {
            Map<String, Integer> units = new TreeMap<>();
            running.processes().forEach((process, scale) -> units.put(process, scale.units()));
            return new RunningView(running.version(), running.routable(), running.weight(), units);
        }
    }

    /**
     * A release.
     *
     * @param event the operation that asked for it
     * @param healthyAt when it was seen healthy; null when it never was
     * @param withdrawn why it was taken back; null when it was not
     * @param desired whether it is what should run now
     */
    record ReleaseView(
            int number,
            String event,
            Instant createdAt,
            @Nullable Instant healthyAt,
            @Nullable String withdrawn,
            boolean desired,
            List<RunningView> versions,
            String plan,
            String pool) {
        static ReleaseView of(Releases.Recorded recorded, App app) {
            return new ReleaseView(
                    recorded.number(),
                    recorded.event(),
                    recorded.createdAt(),
                    recorded.healthyAt(),
                    recorded.withdrawn(),
                    app.desiredRelease() != null && app.desiredRelease() == recorded.number(),
                    recorded.placement().versions().stream()
                            .map(RunningView::of)
                            .toList(),
                    recorded.plan().name(),
                    recorded.pool());
        }
    }

    /** The app's releases, newest first. */
    @GET
    @Api(
            title = "release list",
            since = "1.0",
            output = ReleaseView.class,
            statuses = {200, 204, 400, 404})
    @Requires("app.read.deploy")
    public Response list(@PathParam("app") App app, Body body) {
        return Answers.list(
                releases.recorded(app.name(), number(body.text("limit"), MOST), number(body.text("skip"), 0)).stream()
                        .map(recorded -> ReleaseView.of(recorded, app))
                        .toList());
    }

    /** One release. */
    @GET
    @Path("/{release}")
    @Api(
            title = "release info",
            since = "1.0",
            output = ReleaseView.class,
            statuses = {200, 400, 404})
    @Requires("app.read.deploy")
    public ReleaseView info(@PathParam("app") App app, @PathParam("release") String release) {
        int number = number(release, 0);
        return releases.recorded(app.name(), number)
                .map(recorded -> ReleaseView.of(recorded, app))
                .orElseThrow(() -> unknown(app, number));
    }

    /** How a release differs from what should run now, or from {@code with}; values of private variables are masked. */
    @GET
    @Path("/{release}/diff")
    @Api(
            title = "release diff",
            since = "1.0",
            output = ReleaseDiff.class,
            statuses = {200, 400, 404})
    @Requires("app.read.env")
    public ReleaseDiff diff(@PathParam("app") App app, @PathParam("release") String release, Body body) {
        int number = number(release, 0);
        Release other = find(app, number);
        Release base = body.text("with").isEmpty() ? releases.desired(app) : find(app, number(body.text("with"), 0));
        return ReleaseDiff.of(base, other, other.number());
    }

    private Release find(App app, int number) {
        return releases.find(app.name(), number).orElseThrow(() -> unknown(app, number));
    }

    private static Failure unknown(App app, int number) {
        return Failure.notFound("the app \"" + app.name() + "\" has no release " + number);
    }

    private static int number(String text, int otherwise) {
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            return Math.max(0, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            throw Failure.invalid("\"" + text + "\" is no number");
        }
    }
}
