package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.orizuru.event.EventStreams;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
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
    private final AppViews views;
    private final EventStreams streams;
    private final Calls calls;

    AppResource(Apps apps, AppViews views, EventStreams streams, Calls calls) {
        this.apps = apps;
        this.views = views;
        this.streams = streams;
        this.calls = calls;
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
            @Nullable JsonNode metadata) {
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
                    metadata == null || !metadata.isObject() ? JsonNodeFactory.instance.objectNode() : metadata);
        }

        private static String orEmpty(@Nullable String text) {
            return text == null ? "" : text;
        }

        private static List<String> clean(List<String> tags) {
            return tags.stream()
                    .map(String::strip)
                    .filter(tag -> !tag.isEmpty())
                    .distinct()
                    .toList();
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
                body.text("platform"),
                body.text("teamOwner"),
                body.text("owner"),
                body.text("pool"),
                body.flag("locked"),
                body.values("status"),
                body.values("tag"));
        List<App> found = apps.list(calls.current(), filter);
        return Answers.list(views.list(found, filter.statuses(), body.flag("extended")));
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
    @Audited
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
