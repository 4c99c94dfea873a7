package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonAlias;
import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.http.StreamedJson;
import io.orizuru.plan.PlanOverride;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Path("/apps")
@RunOnVirtualThread
class AppResource implements Resource {
    private final Apps apps;
    private final AppUpdates updates;
    private final AppViews views;
    private final EventStreams streams;
    private final Calls calls;
    private final StreamedJson streamed;

    AppResource(
            Apps apps, AppUpdates updates, AppViews views, EventStreams streams, Calls calls, StreamedJson streamed) {
        this.apps = apps;
        this.updates = updates;
        this.views = views;
        this.streams = streams;
        this.calls = calls;
        this.streamed = streamed;
    }

    /** What a new app is made from. */
    record NewApp(
            @Nullable String name,
            @Nullable String description,
            @Nullable String platform,
            @Nullable String plan,
            @Nullable String teamOwner,
            @Nullable String pool,
            @Nullable String router,
            @JsonAlias("routeropts") @Nullable Map<String, String> routerOptions,
            @JsonAlias("tag") @Nullable List<String> tags,
            @Nullable Metadata metadata,
            @Nullable List<ProcessSettings> processes) {
        Apps.NewApp wanted() {
            return new Apps.NewApp(
                    orEmpty(name),
                    orEmpty(description),
                    orEmpty(platform),
                    orEmpty(plan),
                    orEmpty(teamOwner),
                    orEmpty(pool),
                    orEmpty(router),
                    routerOptions == null ? Map.of() : routerOptions,
                    tags == null ? List.of() : clean(tags),
                    metadata == null ? Metadata.NONE : metadata,
                    processes == null ? List.of() : processes);
        }

        static String orEmpty(@Nullable String text) {
            return text == null ? "" : text;
        }

        static List<String> clean(List<String> tags) {
            return tags.stream()
                    .map(String::strip)
                    .filter(tag -> !tag.isEmpty())
                    .distinct()
                    .toList();
        }
    }

    /** What to change of an app; what is not there stays. */
    record AppChange(
            @Nullable String description,
            @JsonAlias("tag") @Nullable List<String> tags,
            @Nullable String plan,
            @Nullable PlanOverride planOverride,
            @Nullable String pool,
            @Nullable String teamOwner,
            @Nullable String platform,
            @Nullable Metadata metadata,
            @Nullable List<ProcessSettings> processes,
            boolean imageReset,
            boolean noRestart,
            @Nullable String router,
            @JsonAlias("routeropts") @Nullable Map<String, String> routerOptions) {
        AppUpdates.Wanted wanted() {
            if (router != null || (routerOptions != null && !routerOptions.isEmpty())) {
                throw Failure.invalid(
                        "updating router was deprecated, please add the wanted router and remove the old one");
            }
            return new AppUpdates.Wanted(
                    NewApp.orEmpty(description),
                    tags == null || tags.isEmpty() ? null : NewApp.clean(tags),
                    NewApp.orEmpty(plan),
                    planOverride == null || planOverride.equals(PlanOverride.NOTHING) ? null : planOverride,
                    NewApp.orEmpty(pool),
                    NewApp.orEmpty(teamOwner),
                    NewApp.orEmpty(platform),
                    metadata == null || metadata.isEmpty() ? null : metadata,
                    processes == null || processes.isEmpty() ? null : processes,
                    imageReset,
                    noRestart);
        }
    }

    /** What making an app gives. */
    record Created(String status, String ip) {}

    /** The apps that the caller may read; filters narrow them. */
    @GET
    @Api(
            title = "app list",
            since = "1.0",
            output = AppViews.Listed.class,
            statuses = {200, 204, 400})
    @Requires(value = "app.read", checked = Requires.Checked.BY_FILTER)
    public Response list(Body body) {
        AppFilter filter = new AppFilter(
                body.text("name"),
                Apps.platformName(body.text("platform")),
                body.text("teamOwner"),
                body.text("owner"),
                body.text("pool"),
                body.flag("locked"),
                body.values("status"),
                body.values("tag"));
        List<List<String>> parts = apps.names(calls.current(), filter);
        boolean extended = body.flag("extended");
        boolean simplified = body.flag("simplified");
        if (!filter.statuses().isEmpty()) {
            parts = parts.stream()
                    .map(names -> views.inStatus(apps.inOrder(names), filter.statuses()))
                    .filter(names -> !names.isEmpty())
                    .toList();
        }
        return streamed.list(parts, names -> views.list(apps.inOrder(names), filter.statuses(), extended, simplified));
    }

    /** Makes an app. */
    @POST
    @Api(
            title = "app create",
            since = "1.0",
            input = NewApp.class,
            output = Created.class,
            statuses = {201, 400, 403, 409})
    @Requires(value = "app.create", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true)
    public Response create(Body body) {
        String address = apps.create(calls.current(), body.as(NewApp.class).wanted());
        return Answers.json(201, new Created("success", address));
    }

    /** One app. */
    @GET
    @Path("/{app}")
    @Api(
            title = "app info",
            since = "1.0",
            output = AppViews.Info.class,
            statuses = {200, 404})
    @Requires("app.read.info")
    public AppViews.Info info(@PathParam("app") App app) {
        return views.info(app);
    }

    /** Changes an app; each field needs its own permission. */
    @PUT
    @Path("/{app}")
    @Api(
            title = "app update",
            since = "1.0",
            input = AppChange.class,
            statuses = {200, 400, 403, 404, 409})
    @Requires(
            value = {
                "app.update",
                "app.update.description",
                "app.update.tags",
                "app.update.plan",
                "app.update.planoverride",
                "app.update.pool",
                "app.update.teamowner",
                "app.update.platform",
                "app.update.image-reset",
                "app.update.metadata"
            },
            checked = Requires.Checked.BY_SERVICE)
    @Audited(cancelable = true)
    public Response update(@PathParam("app") App app, Body body) {
        AppUpdates.Wanted wanted = body.as(AppChange.class).wanted();
        Conditions conditions = Conditions.of(body);
        return conditions.dry()
                ? Answers.json(200, updates.preview(calls.current(), app, conditions, wanted))
                : streams.json(updates.update(calls.current(), app, conditions, wanted));
    }

    /** Removes an app with all that it has. */
    @DELETE
    @Path("/{app}")
    @Api(
            title = "remove app",
            since = "1.0",
            statuses = {200, 404, 409})
    @Requires("app.delete")
    @Audited
    public Response remove(@PathParam("app") App app) {
        return streams.json(apps.remove(calls.current(), app));
    }
}
