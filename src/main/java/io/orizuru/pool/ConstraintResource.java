package io.orizuru.pool;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

@Path("/constraints")
@RunOnVirtualThread
class ConstraintResource implements Resource {
    private final Pools pools;
    private final Calls calls;

    ConstraintResource(Pools pools, Calls calls) {
        this.pools = pools;
        this.calls = calls;
    }

    /** What a constraint is made from; a form numbers its values: {@code Values.0}. */
    record NewConstraint(
            @Nullable String poolExpr,
            @Nullable String field,
            @Nullable JsonNode values,
            boolean blacklist) {
        Constraint wanted() {
            return new Constraint(poolExpr == null ? "" : poolExpr, field == null ? "" : field, texts(), blacklist);
        }

        private List<String> texts() {
            if (values == null || values.isNull() || isEmptyText(values)) {
                return List.of();
            }
            if (!values.isArray()) {
                throw Failure.invalid(
                        "values is no list: " + values + "; a form has to number them (Values.0, Values.1, …)");
            }
            return values.valueStream().map(JsonNode::asText).toList();
        }
    }

    /** How a form writes a list without elements. */
    private static boolean isEmptyText(JsonNode node) {
        return node.isTextual() && node.textValue().isEmpty();
    }

    /** What belongs into which pools. */
    @GET
    @Api(
            title = "pool constraints list",
            since = "1.3",
            output = Constraint.class,
            statuses = {200, 204})
    @Requires("pool.read.constraints")
    public Response list() {
        return Answers.list(pools.constraints());
    }

    /** Says what belongs into pools, or takes it back with no values. */
    @PUT
    @Api(
            title = "set a pool constraint",
            since = "1.3",
            input = NewConstraint.class,
            statuses = {200, 400})
    @Requires(value = "pool.update.constraints.set", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response set(Body body) {
        pools.constrain(calls.current(), body.as(NewConstraint.class).wanted(), body.flag("append"));
        return Answers.done();
    }
}
