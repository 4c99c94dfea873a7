package io.orizuru.role;

import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Call;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

@Path("/roles")
@RunOnVirtualThread
class RoleResource implements Resource {
    private final Roles roles;
    private final Calls calls;

    RoleResource(Roles roles, Calls calls) {
        this.roles = roles;
        this.calls = calls;
    }

    /** All roles, for those who may do anything with any of them. */
    @GET
    @Api(title = "role list", since = "1.0", output = Role.class)
    @Requires(
            value = {"role.update", "role.update.assign", "role.update.dissociate", "role.create", "role.delete"},
            checked = Requires.Checked.BY_SERVICE)
    public Response list() {
        Call call = calls.current();
        if (call.operation().permissions().stream()
                .noneMatch(permission -> call.caller().maySomewhere(permission))) {
            throw Failure.forbidden("You don't have permission to do this action");
        }
        return Answers.json(200, roles.list());
    }
}
