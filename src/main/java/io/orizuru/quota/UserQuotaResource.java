package io.orizuru.quota;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/users/{email}/quota")
@RunOnVirtualThread
class UserQuotaResource implements Resource {
    private final Quotas quotas;
    private final Calls calls;

    UserQuotaResource(Quotas quotas, Calls calls) {
        this.quotas = quotas;
        this.calls = calls;
    }

    /** A limit; -1 is none. */
    record Limit(int limit) {}

    /** How many apps a user may own, and does. */
    @GET
    @Api(
            title = "user quota",
            since = "1.0",
            output = Quota.class,
            statuses = {200, 403, 404})
    @Requires(value = "user.read.quota", checked = Requires.Checked.BY_SERVICE)
    public Quota show(@PathParam("email") String email) {
        return quotas.ofUser(calls.current(), email);
    }

    /** Changes how many apps a user may own. */
    @PUT
    @Api(
            title = "update user quota",
            since = "1.0",
            input = Limit.class,
            statuses = {200, 400, 403, 404})
    @Requires(value = "user.update.quota", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response change(@PathParam("email") String email, Body body) {
        quotas.limitUser(calls.current(), email, body.text("limit"));
        return Answers.done();
    }
}
