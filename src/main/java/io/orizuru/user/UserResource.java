package io.orizuru.user;

import io.orizuru.access.Caller;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Call;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.role.Roles;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.List;

@Path("/users")
@RunOnVirtualThread
class UserResource implements Resource {
    private final Users users;
    private final Directory directory;
    private final Roles roles;
    private final Calls calls;

    UserResource(Users users, Directory directory, Roles roles, Calls calls) {
        this.users = users;
        this.directory = directory;
        this.roles = roles;
        this.calls = calls;
    }

    /** What a new user is made from. */
    record NewUser(String email, String password) {}

    /** Makes a user. Open to everyone where registration is. */
    @POST
    @Api(
            title = "user create",
            since = "1.0",
            open = true,
            input = NewUser.class,
            cost = Api.Cost.PASSWORD,
            statuses = {201, 400, 403, 409},
            maxBody = 8 << 10)
    @Requires(value = "user.create", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true)
    public Response create(Body body) {
        users.create(calls.current(), body.text("email"), body.text("password"));
        return Answers.created();
    }

    /** The users that the caller may see. */
    @GET
    @Api(
            title = "user list",
            since = "1.0",
            output = UserInfo.class,
            statuses = {200, 403, 404})
    @Requires(value = "user.update", checked = Requires.Checked.BY_FILTER)
    public Response list(Body body) {
        Call call = calls.current();
        requireUser(call);
        return Answers.list(directory.list(
                call, new Directory.Search(body.text("userEmail"), body.text("role"), body.text("context"))));
    }

    /** Removes a user, the caller itself when none is named. */
    @DELETE
    @Api(
            title = "remove user",
            since = "1.0",
            statuses = {200, 404, 412})
    @Requires(value = "user.delete", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response remove(Body body) {
        Call call = calls.current();
        users.remove(call, body.has("user") ? body.text("user") : call.caller().name());
        return Answers.done();
    }

    /** Who the caller is, with its roles and permissions. */
    @GET
    @Path("/info")
    @Api(title = "user info", since = "1.0", withExpiredPassword = true, output = UserInfo.class)
    public UserInfo info() {
        Caller caller = requireUser(calls.current());
        if (caller.type() == Caller.Type.TOKEN) {
            return UserInfo.of(caller.name(), roles.rolesOfToken(caller.tokenId()), List.of(), caller.grants());
        }
        return UserInfo.of(
                caller.name(),
                roles.rolesOf(caller.name()),
                roles.groupsOf(caller.name()),
                roles.permissionsOf(caller.name()));
    }

    private static Caller requireUser(Call call) {
        Caller.Type type = call.caller().type();
        if (type != Caller.Type.USER && type != Caller.Type.TOKEN) {
            throw Failure.invalid("invalid email");
        }
        return call.caller();
    }
}
