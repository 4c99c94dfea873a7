package io.orizuru.user;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.Map;

/** Everybody's own keys, so no permission is needed. */
@Path("/users/keys")
@RunOnVirtualThread
class KeyResource implements Resource {
    private final SshKeys keys;
    private final Calls calls;

    KeyResource(SshKeys keys, Calls calls) {
        this.keys = keys;
        this.calls = calls;
    }

    /**
     * A key to add.
     *
     * @param name how its owner calls it
     * @param force whether it takes the place of the one of that name
     */
    record NewKey(@JsonProperty("keyname") String name, String key, boolean force) {}

    /** The caller's keys, by name. */
    @GET
    @Api(
            title = "list keys",
            since = "1.0",
            output = Map.class,
            statuses = {200, 400})
    public Response list() {
        return Answers.json(200, keys.list(calls.current()));
    }

    /** Adds a key of the caller. */
    @POST
    @Api(
            title = "add key",
            since = "1.0",
            input = NewKey.class,
            statuses = {200, 400, 409})
    @Audited(kind = "user.update.key.add")
    public Response add(Body body) {
        keys.add(calls.current(), body.text("keyname"), body.text("key"), body.flag("force"));
        return Answers.done();
    }

    /** Removes a key of the caller. */
    @DELETE
    @Path("/{key}")
    @Api(
            title = "remove key",
            since = "1.0",
            statuses = {200, 400, 404})
    @Audited(kind = "user.update.key.remove")
    public Response remove(@PathParam("key") String name) {
        keys.remove(calls.current(), name);
        return Answers.done();
    }
}
