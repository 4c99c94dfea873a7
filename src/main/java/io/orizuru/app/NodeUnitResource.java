package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.provision.Units;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** The units of an app as those ask for them who look after machines. */
@Path("/node/apps/{app}/containers")
@RunOnVirtualThread
class NodeUnitResource implements Resource {
    private final Apps apps;
    private final Units units;
    private final Calls calls;

    NodeUnitResource(Apps apps, Units units, Calls calls) {
        this.apps = apps;
        this.units = units;
        this.calls = calls;
    }

    /** The units of an app that are somewhere; those that sleep are nowhere. */
    @GET
    @Api(
            title = "list units by app",
            since = "1.2",
            aliases = {"/docker/node/apps/{app}/containers", "/1.0/docker/node/apps/{app}/containers"},
            output = UnitView.class,
            statuses = {200, 204, 403, 404})
    @Requires(value = "app.read", checked = Requires.Checked.BY_SERVICE)
    public Response list(@PathParam("app") String name) {
        if (!apps.exists(name)) {
            throw Failure.notFound("App not found");
        }
        App app = apps.find(name);
        calls.current().require("app.read", app);
        return Answers.list(UnitView.placed(app, units.of(List.of(name)).getOrDefault(name, List.of())));
    }
}
