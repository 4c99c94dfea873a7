package io.orizuru.app;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.quota.Quota;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}/quota")
@RunOnVirtualThread
class AppQuotaResource implements Resource {
    private final UnitQuotas quotas;
    private final Calls calls;

    AppQuotaResource(UnitQuotas quotas, Calls calls) {
        this.quotas = quotas;
        this.calls = calls;
    }

    /** A limit; -1 is none. */
    record Limit(int limit) {}

    /** How many units an app may have, and should have now. */
    @GET
    @Api(
            title = "application quota",
            since = "1.0",
            output = Quota.class,
            statuses = {200, 404})
    @Requires("app.read")
    public Quota show(@PathParam("app") App app) {
        return quotas.of(app);
    }

    /** Changes how many units an app may have. */
    @PUT
    @Api(
            title = "update application quota",
            since = "1.0",
            input = Limit.class,
            statuses = {200, 400, 403, 404, 409})
    @Requires("app.admin.quota")
    @Audited
    public Response change(@PathParam("app") App app, Body body) {
        quotas.limit(calls.current(), app, body.text("limit"));
        return Answers.done();
    }
}
