package io.orizuru.quota;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.team.Team;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/teams/{name}/quota")
@RunOnVirtualThread
class TeamQuotaResource implements Resource {
    private final Quotas quotas;
    private final Calls calls;

    TeamQuotaResource(Quotas quotas, Calls calls) {
        this.quotas = quotas;
        this.calls = calls;
    }

    /** How many apps a team may own, and does. */
    @GET
    @Api(
            title = "team quota",
            since = "1.12",
            output = Quota.class,
            statuses = {200, 404})
    @Requires("team.read.quota")
    public Quota show(@PathParam("name") Team team) {
        return quotas.ofTeam(team);
    }

    /** Changes how many apps a team may own. */
    @PUT
    @Api(
            title = "update team quota",
            since = "1.12",
            input = UserQuotaResource.Limit.class,
            statuses = {200, 400, 403, 404})
    @Requires("team.update.quota")
    @Audited
    public Response change(@PathParam("name") Team team, Body body) {
        quotas.limitTeam(calls.current(), team, body.text("limit"));
        return Answers.done();
    }
}
