package io.orizuru.app;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}/teams/{team}")
@RunOnVirtualThread
class AppAccessResource implements Resource {
    private final AppAccess access;
    private final Calls calls;

    AppAccessResource(AppAccess access, Calls calls) {
        this.access = access;
        this.calls = calls;
    }

    /** Gives a team access to an app. */
    @PUT
    @Api(
            title = "grant access to app",
            since = "1.0",
            statuses = {200, 404, 409})
    @Requires("app.update.grant")
    @Audited
    public Response grant(@PathParam("app") App app, @PathParam("team") String team) {
        access.grant(calls.current(), app, team);
        return Answers.done();
    }

    /** Takes a team's access to an app away; the owner keeps it. */
    @DELETE
    @Api(
            title = "revoke access to app",
            since = "1.0",
            statuses = {200, 403, 404, 409})
    @Requires("app.update.revoke")
    @Audited
    public Response revoke(@PathParam("app") App app, @PathParam("team") String team) {
        access.revoke(calls.current(), app, team);
        return Answers.done();
    }
}
