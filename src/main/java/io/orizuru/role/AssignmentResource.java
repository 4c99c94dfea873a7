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
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/roles/{name}")
@RunOnVirtualThread
class AssignmentResource implements Resource {
    private final Assignments assignments;
    private final Calls calls;

    AssignmentResource(Assignments assignments, Calls calls) {
        this.assignments = assignments;
        this.calls = calls;
    }

    /**
     * Who gets a role, and where.
     *
     * @param context the value of the role's context type; none for a global role
     */
    record NewHolder(String email, String context) {}

    /** Which group gets a role, and where. */
    record NewGroup(String group_name, String context) {}

    /** Gives a role to a user. */
    @POST
    @Path("/user")
    @Api(
            title = "assign role to user",
            since = "1.0",
            input = NewHolder.class,
            statuses = {200, 400, 403, 404})
    @Requires("role.update.assign")
    @Audited
    public Response assignToUser(@PathParam("name") String name, Body body) {
        assignments.assignToUser(calls.current(), name, body.text("email"), body.text("context"));
        return Answers.done();
    }

    /** Takes a role away from a user. */
    @DELETE
    @Path("/user/{email}")
    @Api(
            title = "dissociate role from user",
            since = "1.0",
            statuses = {200, 403, 404, 412})
    @Requires("role.update.dissociate")
    @Audited
    public Response dissociateFromUser(@PathParam("name") String name, @PathParam("email") String email, Body body) {
        assignments.dissociateFromUser(calls.current(), name, email, body.text("context"));
        return Answers.done();
    }

    /** Gives a role to all who are in a group. */
    @POST
    @Path("/group")
    @Api(
            title = "assign role to group",
            since = "1.9",
            input = NewGroup.class,
            statuses = {200, 400, 403, 404})
    @Requires("role.update.assign")
    @Audited
    public Response assignToGroup(@PathParam("name") String name, Body body) {
        assignments.assignToGroup(calls.current(), name, body.text("group_name"), body.text("context"));
        return Answers.done();
    }

    /** Takes a role away from a group. */
    @DELETE
    @Path("/group/{group}")
    @Api(
            title = "dissociate role from group",
            since = "1.9",
            aliases = "/1.6/roles/{name}/group/{group}",
            statuses = {200, 403, 404, 412})
    @Requires("role.update.dissociate")
    @Audited
    public Response dissociateFromGroup(@PathParam("name") String name, @PathParam("group") String group, Body body) {
        assignments.dissociateFromGroup(calls.current(), name, group, body.text("context"));
        return Answers.done();
    }
}
