package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonProperty;
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
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}/env")
@RunOnVirtualThread
class EnvironmentResource implements Resource {
    private final Environments environments;
    private final ReleaseChanges changes;
    private final Calls calls;

    EnvironmentResource(Environments environments, ReleaseChanges changes, Calls calls) {
        this.environments = environments;
        this.changes = changes;
        this.calls = calls;
    }

    /** One variable to set. */
    record Assignment(
            @Nullable String name,
            @Nullable String value,
            @Nullable String alias,
            @JsonProperty("private") @Nullable Boolean isPrivate,
            @Nullable String managedBy) {}

    /** Variables to set; {@code private} and {@code managedBy} hold for those that do not say it themselves. */
    record EnvironmentChange(
            @Nullable List<Assignment> envs,
            @JsonProperty("private") boolean isPrivate,
            boolean noRestart,
            boolean pruneUnused,
            @Nullable String managedBy) {

        Environments.Setting setting() {
            String manager = orEmpty(managedBy);
            List<Variable> variables = envs == null
                    ? List.of()
                    : envs.stream()
                            .map(assignment -> variable(assignment, manager))
                            .toList();
            return new Environments.Setting(variables, manager, pruneUnused, noRestart);
        }

        private Variable variable(Assignment assignment, String manager) {
            boolean hidden = isPrivate || Boolean.TRUE.equals(assignment.isPrivate());
            String own = orEmpty(assignment.managedBy());
            return new Variable(
                    orEmpty(assignment.name()),
                    orEmpty(assignment.value()),
                    orEmpty(assignment.alias()),
                    !hidden,
                    own.isEmpty() ? manager : own);
        }

        private static String orEmpty(@Nullable String text) {
            return text == null ? "" : text;
        }
    }

    /** The app's whole environment, or the named part of it. */
    @GET
    @Api(
            title = "get envs",
            since = "1.0",
            output = Variable.class,
            statuses = {200, 404})
    @Requires("app.read.env")
    public Response get(@PathParam("app") App app, Body body) {
        return Answers.json(200, environments.get(calls.current(), app, body.values("env")));
    }

    /** Sets variables; the app gets new units unless told otherwise. */
    @POST
    @Api(
            title = "set envs",
            since = "1.0",
            input = EnvironmentChange.class,
            statuses = {200, 400, 404, 409},
            maxBody = 1 << 20)
    @Requires("app.update.env.set")
    @Audited(grows = true)
    public Response set(@PathParam("app") App app, Body body) {
        return changes.answer(
                calls.current(),
                app,
                Conditions.of(body),
                environments.set(body.as(EnvironmentChange.class).setting()));
    }

    /** Unsets variables; the app gets new units unless told otherwise. */
    @DELETE
    @Api(
            title = "unset envs",
            since = "1.0",
            statuses = {200, 400, 404, 409})
    @Requires("app.update.env.unset")
    @Audited
    public Response unset(@PathParam("app") App app, Body body) {
        return changes.answer(
                calls.current(),
                app,
                Conditions.of(body),
                environments.unset(body.values("env"), body.flag("noRestart")));
    }
}
