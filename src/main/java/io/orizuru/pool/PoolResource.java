package io.orizuru.pool;

import com.fasterxml.jackson.annotation.JsonAlias;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Path("/pools")
@RunOnVirtualThread
class PoolResource implements Resource {
    private final Pools pools;
    private final Calls calls;

    PoolResource(Pools pools, Calls calls) {
        this.pools = pools;
        this.calls = calls;
    }

    /** What a new pool is made from. */
    record NewPool(
            @Nullable String name,
            @JsonProperty("public") boolean isPublic,
            @JsonProperty("default") boolean isDefault,
            boolean force,
            @JsonAlias("provisionername") @Nullable String provisioner,
            @Nullable Map<String, String> labels) {
        Pools.NewPool wanted() {
            return new Pools.NewPool(
                    name == null ? "" : name,
                    isPublic,
                    isDefault,
                    force,
                    provisioner == null ? "" : provisioner,
                    labels == null ? Map.of() : labels);
        }
    }

    /** A pool with what its constraints let in now. */
    record PoolInfo(
            String name,
            @JsonProperty("default") boolean isDefault,
            @JsonProperty("public") boolean isPublic,
            String provisioner,
            Map<String, String> labels,
            List<String> teams,
            Map<String, Collection<String>> allowed) {
        static PoolInfo of(Pools.Shown shown) {
            return new PoolInfo(
                    shown.pool().name(),
                    shown.pool().isDefault(),
                    shown.isPublic(),
                    shown.pool().provisioner(),
                    shown.pool().labels(),
                    shown.teams(),
                    shown.allowed());
        }
    }

    /** The pools that the caller may place apps in, or may read. */
    @GET
    @Api(
            title = "pool list",
            since = "1.0",
            output = PoolInfo.class,
            statuses = {200, 204})
    @Requires(
            value = {"app.create", "pool.read"},
            checked = Requires.Checked.BY_FILTER)
    public Response list() {
        return Answers.list(
                pools.list(calls.current()).stream().map(PoolInfo::of).toList());
    }

    /** Makes a pool. */
    @POST
    @Api(
            title = "pool create",
            since = "1.0",
            input = NewPool.class,
            statuses = {201, 400, 409})
    @Requires("pool.create")
    @Audited
    public Response create(Body body) {
        pools.create(calls.current(), body.as(NewPool.class).wanted());
        return Answers.created();
    }

    /** One pool. */
    @GET
    @Path("/{name}")
    @Api(
            title = "pool get",
            since = "1.8",
            output = PoolInfo.class,
            statuses = {200, 404})
    @Requires("pool.read")
    public PoolInfo info(@PathParam("name") Pool pool) {
        return PoolInfo.of(pools.info(pool));
    }

    /** What is to be different of a pool; what is not named stays. */
    record PoolUpdate(
            @JsonProperty("public") @Nullable Boolean isPublic,
            @JsonProperty("default") @Nullable Boolean isDefault,
            boolean force,
            @Nullable Map<String, String> labels) {
        Pools.PoolChange change() {
            return new Pools.PoolChange(isPublic, isDefault, force, labels);
        }
    }

    /** Changes a pool. */
    @PUT
    @Path("/{name}")
    @Api(
            title = "pool update",
            since = "1.0",
            input = PoolUpdate.class,
            statuses = {200, 404, 409})
    @Requires("pool.update")
    @Audited
    public Response update(@PathParam("name") Pool pool, Body body) {
        pools.update(calls.current(), pool, body.as(PoolUpdate.class).change());
        return Answers.done();
    }

    /** Removes a pool without apps. */
    @DELETE
    @Path("/{name}")
    @Api(
            title = "remove pool",
            since = "1.0",
            statuses = {200, 403, 404})
    @Requires("pool.delete")
    @Audited
    public Response remove(@PathParam("name") Pool pool) {
        pools.remove(calls.current(), pool.name());
        return Answers.done();
    }

    /** Lets teams into a pool that is not public. */
    @POST
    @Path("/{name}/team")
    @Api(
            title = "add team too pool",
            since = "1.0",
            statuses = {200, 400, 404, 409})
    @Requires("pool.update.team.add")
    @Audited
    public Response addTeams(@PathParam("name") Pool pool, Body body) {
        List<String> teams = body.values("team");
        if (teams.isEmpty()) {
            throw Failure.invalid("You must provide the team.");
        }
        pools.addTeams(calls.current(), pool.name(), teams);
        return Answers.done();
    }

    /** Lets teams into a pool no longer; their apps stay. */
    @DELETE
    @Path("/{name}/team")
    @Api(
            title = "remove team from pool",
            since = "1.0",
            statuses = {200, 400, 404})
    @Requires("pool.update.team.remove")
    @Audited
    public Response removeTeams(@PathParam("name") Pool pool, Body body) {
        List<String> teams = body.values("team");
        if (teams.isEmpty()) {
            throw Failure.invalid("You must provide the team");
        }
        pools.removeTeams(calls.current(), pool.name(), teams);
        return Answers.done();
    }
}
