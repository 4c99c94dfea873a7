package io.orizuru.teamtoken;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
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
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;

@Path("/tokens")
@RunOnVirtualThread
class TeamTokenResource implements Resource {
    private final TeamTokens tokens;
    private final Calls calls;

    TeamTokenResource(TeamTokens tokens, Calls calls) {
        this.tokens = tokens;
        this.calls = calls;
    }

    /** What a new token is made from; {@code expires_in} is in seconds, 0 or less for never. */
    record NewToken(
            @JsonProperty("token_id") String id,
            String team,
            String description,
            @JsonProperty("expires_in") long expiresIn) {}

    /** What is to be different; {@code expires_in} is in seconds from now, 0 leaves it, less is never. */
    record TokenChange(
            String description, @JsonProperty("expires_in") long expiresIn, boolean regenerate) {}

    /** A role of a token. */
    record RoleView(
            @JsonProperty("Name") String name,
            @JsonProperty("ContextValue") String contextValue) {}

    /** A token; its value is empty for those who may less than it may. */
    record TokenView(
            String token,
            @JsonProperty("token_id") String id,
            String description,
            @JsonProperty("created_at") Instant createdAt,
            @JsonProperty("expires_at") Instant expiresAt,
            @JsonProperty("last_access") Instant lastAccess,
            @JsonProperty("creator_email") String creator,
            String team,

            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<RoleView> roles) {
        static TokenView of(TeamTokens.Shown shown) {
            TeamToken token = shown.token();
            return new TokenView(
                    shown.value(),
                    token.id(),
                    token.description(),
                    token.createdAt(),
                    shown.expiresAt(),
                    shown.lastAccess(),
                    token.creator(),
                    token.team(),
                    shown.roles().stream()
                            .map(role -> new RoleView(role.name(), role.contextValue()))
                            .toList());
        }
    }

    /** The tokens of all teams whose tokens the caller may read. */
    @GET
    @Api(
            title = "token list",
            since = "1.6",
            output = TokenView.class,
            statuses = {200, 204})
    @Requires(value = "team.token.read", checked = Requires.Checked.BY_FILTER)
    public Response list() {
        return Answers.list(
                tokens.list(calls.current()).stream().map(TokenView::of).toList());
    }

    /** Makes a token for a team. It may nothing until it is given roles. */
    @POST
    @Api(
            title = "token create",
            since = "1.6",
            input = NewToken.class,
            output = TokenView.class,
            statuses = {201, 400, 403, 409})
    @Requires(value = "team.token.create", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response create(Body body) {
        TeamTokens.NewToken wanted = new TeamTokens.NewToken(
                body.text("token_id"), body.text("team"), body.text("description"), seconds(body));
        return Answers.json(201, TokenView.of(tokens.create(calls.current(), wanted)));
    }

    /** One token. */
    @GET
    @Path("/{token_id}")
    @Api(
            title = "token info",
            since = "1.7",
            output = TokenView.class,
            statuses = {200, 404})
    @Requires("team.token.read")
    public Response info(@PathParam("token_id") TeamToken token) {
        return Answers.json(200, TokenView.of(tokens.info(calls.current(), token)));
    }

    /** Changes a token; a regenerated one has a new value, and the old one is nothing from then on. */
    @PUT
    @Path("/{token_id}")
    @Api(
            title = "token update",
            since = "1.6",
            input = TokenChange.class,
            output = TokenView.class,
            statuses = {200, 400, 404})
    @Requires("team.token.update")
    @Audited
    public Response update(@PathParam("token_id") TeamToken token, Body body) {
        TeamTokens.TokenChange change =
                new TeamTokens.TokenChange(body.text("description"), seconds(body), body.flag("regenerate"));
        return Answers.json(200, TokenView.of(tokens.update(calls.current(), token, change)));
    }

    private static long seconds(Body body) {
        String text = body.text("expires_in");
        if (text.isEmpty()) {
            return 0;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Failure.invalid("expires_in is \"" + text + "\"; it must be a whole number of seconds");
        }
    }

    /** Removes a token that owns nothing; it ends at once. */
    @DELETE
    @Path("/{token_id}")
    @Api(
            title = "token delete",
            since = "1.6",
            statuses = {200, 404, 412})
    @Requires("team.token.delete")
    @Audited
    public Response remove(@PathParam("token_id") TeamToken token) {
        tokens.remove(calls.current(), token);
        return Answers.done();
    }
}
