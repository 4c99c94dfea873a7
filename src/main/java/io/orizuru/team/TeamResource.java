package io.orizuru.team;

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
import java.util.ArrayList;
import java.util.List;

@Path("/teams")
@RunOnVirtualThread
class TeamResource implements Resource {
    private final Teams teams;
    private final Calls calls;

    TeamResource(Teams teams, Calls calls) {
        this.teams = teams;
        this.calls = calls;
    }

    /** What a new team is made from; {@code tag} may be repeated. */
    record NewTeam(String name, List<String> tags) {}

    /** The teams on which the caller may do anything. */
    @GET
    @Api(
            title = "team list",
            since = "1.0",
            output = Teams.Listed.class,
            statuses = {200, 204})
    public Response list() {
        return Answers.list(teams.list(calls.current()));
    }

    /** Makes a team. */
    @POST
    @Api(
            title = "team create",
            since = "1.0",
            input = NewTeam.class,
            statuses = {201, 400, 409})
    @Requires("team.create")
    @Audited
    public Response create(Body body) {
        List<String> tags = new ArrayList<>(body.values("tag"));
        tags.addAll(body.values("tags"));
        teams.create(calls.current(), body.text("name"), tags);
        return Answers.created();
    }

    /** Removes a team that owns nothing. */
    @DELETE
    @Path("/{name}")
    @Api(
            title = "remove team",
            since = "1.0",
            statuses = {200, 403, 404})
    @Requires(value = "team.delete", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response remove(@PathParam("name") String name) {
        teams.remove(calls.current(), name);
        return Answers.done();
    }
}
