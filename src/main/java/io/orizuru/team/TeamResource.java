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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;

@Path("/teams")
@RunOnVirtualThread
class TeamResource implements Resource {
    private final Teams teams;
    private final TeamViews views;
    private final Calls calls;

    TeamResource(Teams teams, TeamViews views, Calls calls) {
        this.teams = teams;
        this.views = views;
        this.calls = calls;
    }

    /** What a new team is made from; {@code tag} may be repeated. */
    record NewTeam(String name, List<String> tags) {}

    /** What is to be different about a team; {@code tag} may be repeated. */
    record TeamChange(String newname, List<String> tags) {}

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
    @Audited(grows = true)
    public Response create(Body body) {
        teams.create(calls.current(), body.text("name"), tags(body));
        return Answers.created();
    }

    private static List<String> tags(Body body) {
        List<String> tags = new ArrayList<>(body.values("tag"));
        tags.addAll(body.values("tags"));
        return tags;
    }

    /** One team, with its people, apps and pools. */
    @GET
    @Path("/{name}")
    @Api(
            title = "team info",
            since = "1.4",
            output = TeamViews.Info.class,
            statuses = {200, 404})
    @Requires("team.read")
    public Response info(@PathParam("name") Team team) {
        return Answers.json(200, views.info(calls.current(), team));
    }

    /** Replaces a team's tags, and renames it when a new name is given. */
    @PUT
    @Path("/{name}")
    @Api(
            title = "team update",
            since = "1.6",
            input = TeamChange.class,
            statuses = {200, 400, 404, 409})
    @Requires("team.update")
    @Audited
    public Response update(@PathParam("name") Team team, Body body) {
        teams.update(calls.current(), team, body.text("newname").strip(), tags(body));
        return Answers.done();
    }

    /** As it was called before. */
    @POST
    @Path("/{name}")
    @Api(
            title = "team update",
            since = "1.4",
            input = TeamChange.class,
            statuses = {200, 400, 404, 409})
    @Requires("team.update")
    @Audited
    public Response change(@PathParam("name") Team team, Body body) {
        return update(team, body);
    }

    /** The users who hold roles on a team. */
    @GET
    @Path("/{name}/users")
    @Api(
            title = "team users",
            since = "1.17",
            output = TeamViews.UserRoles.class,
            statuses = {200, 404})
    @Requires("team.read")
    public Response users(@PathParam("name") Team team) {
        return Answers.json(200, views.users(team));
    }

    /** The groups that hold roles on a team. */
    @GET
    @Path("/{name}/groups")
    @Api(
            title = "team groups",
            since = "1.17",
            output = TeamViews.GroupRoles.class,
            statuses = {200, 404})
    @Requires("team.read")
    public Response groups(@PathParam("name") Team team) {
        return Answers.json(200, views.groups(team));
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
