package io.orizuru.app;

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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/routers")
@RunOnVirtualThread
class AppRouterResource implements Resource {
    private final AppRouters routers;
    private final AppViews views;
    private final Calls calls;

    AppRouterResource(AppRouters routers, AppViews views, Calls calls) {
        this.routers = routers;
        this.views = views;
        this.calls = calls;
    }

    /** A router for an app. */
    record NewRouter(@Nullable String name, @Nullable Map<String, String> opts) {}

    /** The routers that lead to the app. */
    @GET
    @Api(
            title = "list app routers",
            since = "1.5",
            aliases = "/app/{app}/routers",
            output = AppViews.RouterView.class,
            statuses = {200, 204, 404})
    @Requires("app.read.router")
    public Response list(@PathParam("app") App app) {
        return Answers.list(views.routers(app, true));
    }

    /** Lets a router lead to the app. */
    @POST
    @Api(
            title = "add app router",
            since = "1.5",
            aliases = "/app/{app}/routers",
            input = NewRouter.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.router.add")
    @Audited
    public Response add(@PathParam("app") App app, Body body) {
        NewRouter wanted = body.as(NewRouter.class);
        routers.add(
                calls.current(),
                app,
                wanted.name() == null ? "" : wanted.name(),
                wanted.opts() == null ? Map.of() : wanted.opts());
        return Response.ok().build();
    }

    /** Changes the options of a router for the app, where the router can. */
    @PUT
    @Path("/{router}")
    @Api(
            title = "update app router",
            since = "1.5",
            aliases = "/app/{app}/routers/{router}",
            input = NewRouter.class,
            statuses = {200, 400, 404})
    @Requires("app.update.router.update")
    @Audited
    public Response update(@PathParam("app") App app, @PathParam("router") String router) {
        routers.update(calls.current(), app, router);
        return Response.ok().build();
    }

    /** Takes a router away from the app. */
    @DELETE
    @Path("/{router}")
    @Api(
            title = "delete app router",
            since = "1.5",
            aliases = "/app/{app}/routers/{router}",
            statuses = {200, 404, 412})
    @Requires("app.update.router.remove")
    @Audited
    public Response remove(@PathParam("app") App app, @PathParam("router") String router) {
        routers.remove(calls.current(), app, router);
        return Response.ok().build();
    }
}
