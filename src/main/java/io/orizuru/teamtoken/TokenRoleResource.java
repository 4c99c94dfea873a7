package io.orizuru.teamtoken;

import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
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

@Path("/roles/{name}/token")
@RunOnVirtualThread
class TokenRoleResource implements Resource {
    private final TeamTokens tokens;
    private final Calls calls;

    TokenRoleResource(TeamTokens tokens, Calls calls) {
        this.tokens = tokens;
        this.calls = calls;
    }

    /** Which token gets a role, and where. */
    record NewHolder(String token_id, String context) {}

    /** Gives a role to a team's token. */
    @POST
    @Api(
            title = "assign role to token",
            since = "1.6",
            input = NewHolder.class,
            statuses = {200, 400, 403, 404})
    @Requires("role.update.assign")
    @Audited
    public Response assign(@PathParam("name") String role, Body body) {
        return answer(() -> tokens.assign(calls.current(), role, body.text("token_id"), body.text("context")));
    }

    /** Takes a role away from a team's token. */
    @DELETE
    @Path("/{token_id}")
    @Api(
            title = "dissociate role from token",
            since = "1.6",
            statuses = {200, 403, 404})
    @Requires("role.update.dissociate")
    @Audited
    public Response dissociate(@PathParam("name") String role, @PathParam("token_id") String id, Body body) {
        return answer(() -> tokens.dissociate(calls.current(), role, id, body.text("context")));
    }

    /** That there is no such token is said without a word, as clients know it. */
    private static Response answer(Runnable change) {
        try {
            change.run();
            return Answers.done();
        } catch (Failure failure) {
            if (failure.message().equals(TeamTokens.NOT_FOUND)) {
                return Response.status(404).build();
            }
            throw failure;
        }
    }
}
