package io.orizuru.role;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Call;
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

@Path("/roles")
@RunOnVirtualThread
class RoleResource implements Resource {
    private final Roles roles;
    private final Calls calls;

    RoleResource(Roles roles, Calls calls) {
        this.roles = roles;
        this.calls = calls;
    }

    /** What a new role is made from. */
    record NewRole(String name, String context, String description) {}

    /** What is to be different about a role. */
    record ChangedRole(String name, String newName, String contextType, String description) {}

    /** Permissions of a role. */
    record Permissions(String permission) {}

    /** All roles, for those who may do anything with any of them. */
    @GET
    @Api(title = "role list", since = "1.0", output = Role.class)
    @Requires({"role.update", "role.update.assign", "role.update.dissociate", "role.create", "role.delete"})
    public Response list() {
        return Answers.json(200, roles.list());
    }

    /** Makes a role, which lets nobody do anything yet. */
    @POST
    @Api(
            title = "role create",
            since = "1.0",
            input = NewRole.class,
            statuses = {201, 400, 409})
    @Requires("role.create")
    @Audited
    public Response create(Body body) {
        roles.create(calls.current(), body.text("name").strip(), body.text("context"), body.text("description"));
        return Answers.created();
    }

    /** Renames a role, changes its context type or description; each needs a permission of its own. */
    @PUT
    @Api(
            title = "updates a role",
            since = "1.4",
            aliases = "/1.0/roles",
            input = ChangedRole.class,
            statuses = {200, 400})
    @Requires(
            value = {"role.update", "role.update.name", "role.update.context.type", "role.update.description"},
            checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response update(Body body) {
        Call call = calls.current();
        if (call.operation().permissions().stream()
                .noneMatch(permission -> call.caller().mayGlobally(permission))) {
            throw Call.refused();
        }
        roles.update(
                call,
                body.text("name"),
                new Roles.RoleChange(body.text("newName"), body.text("contextType"), body.text("description")));
        return Answers.done();
    }

    /** One role. */
    @GET
    @Path("/{name}")
    @Api(
            title = "role info",
            since = "1.0",
            output = Role.class,
            statuses = {200, 404})
    @Requires({"role.update", "role.update.assign", "role.update.dissociate", "role.create", "role.delete"})
    public Role info(@PathParam("name") String name) {
        return roles.find(name);
    }

    /** Removes a role that no user and no token holds. */
    @DELETE
    @Path("/{name}")
    @Api(
            title = "remove role",
            since = "1.0",
            statuses = {200, 404, 412})
    @Requires("role.delete")
    @Audited
    public Response remove(@PathParam("name") String name) {
        roles.remove(calls.current(), name);
        return Answers.done();
    }

    /** Lets a role's holders do more; {@code permission} may be repeated. */
    @POST
    @Path("/{name}/permissions")
    @Api(
            title = "add permissions",
            since = "1.0",
            input = Permissions.class,
            statuses = {200, 400, 404, 409})
    @Requires("role.update.permission.add")
    @Audited
    public Response addPermissions(@PathParam("name") String name, Body body) {
        roles.addPermissions(calls.current(), name, body.values("permission"));
        return Answers.done();
    }

    /** Lets a role's holders do less. */
    @DELETE
    @Path("/{name}/permissions/{permission}")
    @Api(
            title = "remove permission",
            since = "1.0",
            statuses = {200, 404, 412})
    @Requires("role.update.permission.remove")
    @Audited
    public Response removePermission(@PathParam("name") String name, @PathParam("permission") String permission) {
        roles.removePermission(calls.current(), name, permission);
        return Answers.done();
    }
}
