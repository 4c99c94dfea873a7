package io.orizuru.role;

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
import jakarta.ws.rs.core.Response;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

@Path("/role/default")
@RunOnVirtualThread
class DefaultRoleResource implements Resource {
    private final Roles roles;
    private final Calls calls;

    DefaultRoleResource(Roles roles, Calls calls) {
        this.roles = roles;
        this.calls = calls;
    }

    /** The roles that are given by themselves. */
    @GET
    @Api(title = "list default roles", since = "1.0", output = Role.class)
    @Requires({"role.default.create", "role.default.delete"})
    public Response list() {
        return Answers.json(200, roles.defaults());
    }

    /** Lets roles be given by themselves: {@code user-create} and {@code team-create} name them, repeatedly. */
    @POST
    @Api(
            title = "add default role",
            since = "1.0",
            statuses = {200, 400})
    @Requires("role.default.create")
    @Audited
    public Response add(Body body) {
        roles.addDefaults(calls.current(), byEvent(body));
        return Answers.done();
    }

    /** Lets roles no longer be given by themselves; who has them keeps them. */
    @DELETE
    @Api(
            title = "remove default role",
            since = "1.0",
            statuses = {200, 400})
    @Requires("role.default.delete")
    @Audited
    public Response remove(Body body) {
        roles.removeDefaults(calls.current(), byEvent(body));
        return Answers.done();
    }

    private static Map<RoleEvent, List<String>> byEvent(Body body) {
        Map<RoleEvent, List<String>> roles = new EnumMap<>(RoleEvent.class);
        for (RoleEvent event : RoleEvent.values()) {
            List<String> named = body.values(event.wireName());
            if (!named.isEmpty()) {
                roles.put(event, named);
            }
        }
        return roles;
    }
}
