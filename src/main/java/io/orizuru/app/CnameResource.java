package io.orizuru.app;

import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/cname")
@RunOnVirtualThread
class CnameResource implements Resource {
    private final Cnames cnames;
    private final Calls calls;

    CnameResource(Cnames cnames, Calls calls) {
        this.cnames = cnames;
        this.calls = calls;
    }

    /** Names of an app. */
    record Names(@Nullable List<String> cname) {}

    /** Lets further names lead to the app. */
    @POST
    @Api(
            title = "set cname",
            since = "1.0",
            input = Names.class,
            statuses = {200, 400, 403, 404, 409, 502, 503})
    @Requires("app.update.cname.add")
    @Audited
    public Response add(@PathParam("app") App app, Body body) {
        cnames.add(calls.current(), app, body.values("cname"));
        return Response.ok().build();
    }

    /** Takes names away. */
    @DELETE
    @Api(
            title = "unset cname",
            since = "1.0",
            input = Names.class,
            statuses = {200, 400, 404})
    @Requires("app.update.cname.remove")
    @Audited
    public Response remove(@PathParam("app") App app, Body body) {
        cnames.remove(calls.current(), app, body.values("cname"));
        return Response.ok().build();
    }
}
