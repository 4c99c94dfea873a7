package io.orizuru.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.app.App;
import io.orizuru.event.EventStreams;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Path("/services")
@RunOnVirtualThread
class BindResource implements Resource {
    private final Binds binds;
    private final EventStreams streams;
    private final Calls calls;

    BindResource(Binds binds, EventStreams streams, Calls calls) {
        this.binds = binds;
        this.streams = streams;
        this.calls = calls;
    }

    /** How an app is to be bound. */
    record Wish(boolean noRestart, @Nullable Map<String, JsonNode> parameters) {}

    /** Binds an app to an instance; the app gets new units with the instance's variables unless told otherwise. */
    @PUT
    @Path("/{service}/instances/{instance}/apps/{app}")
    @Api(
            title = "bind service instance",
            since = "1.13",
            input = Wish.class,
            statuses = {200, 400, 403, 404, 409, 412})
    @Requires(
            value = {"service-instance.update.bind", "app.update.bind"},
            checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true, kind = "app.update.bind")
    public Response bind(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("app") App app,
            Body body) {
        Wish wish = body.as(Wish.class);
        return streams.jsonOrFailure(binds.bind(
                calls.current(),
                service,
                instance,
                app,
                wish.noRestart(),
                wish.parameters() == null ? Map.of() : wish.parameters()));
    }

    /** As it was called before. */
    @PUT
    @Path("/{service}/instances/{instance}/{app}")
    @Api(
            title = "bind service instance",
            since = "1.0",
            input = Wish.class,
            statuses = {200, 400, 403, 404, 409, 412})
    @Requires(
            value = {"service-instance.update.bind", "app.update.bind"},
            checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true, kind = "app.update.bind")
    public Response bindAsBefore(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("app") App app,
            Body body) {
        return bind(service, instance, app, body);
    }

    /** Unbinds an app from an instance; the app gets new units without the instance's variables unless told otherwise. */
    @DELETE
    @Path("/{service}/instances/{instance}/apps/{app}")
    @Api(
            title = "unbind service instance",
            since = "1.13",
            statuses = {200, 400, 403, 404, 409})
    @Requires(
            value = {"service-instance.update.unbind", "app.update.unbind"},
            checked = Requires.Checked.BY_SERVICE)
    @Audited(kind = "app.update.unbind")
    public Response unbind(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("app") App app,
            Body body) {
        return streams.jsonOrFailure(
                binds.unbind(calls.current(), service, instance, app, body.flag("noRestart"), body.flag("force")));
    }

    /** As it was called before. */
    @DELETE
    @Path("/{service}/instances/{instance}/{app}")
    @Api(
            title = "unbind service instance",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409})
    @Requires(
            value = {"service-instance.update.unbind", "app.update.unbind"},
            checked = Requires.Checked.BY_SERVICE)
    @Audited(kind = "app.update.unbind")
    public Response unbindAsBefore(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("app") App app,
            Body body) {
        return unbind(service, instance, app, body);
    }
}
