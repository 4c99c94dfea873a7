package io.orizuru.service;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.event.EventStreams;
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
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Path("/services")
@RunOnVirtualThread
class InstanceResource implements Resource {
    private static final String TEXT = "text/plain; charset=utf-8";

    private final Services services;
    private final Instances instances;
    private final InstanceViews views;
    private final EventStreams streams;
    private final Calls calls;

    InstanceResource(Services services, Instances instances, InstanceViews views, EventStreams streams, Calls calls) {
        this.services = services;
        this.instances = instances;
        this.views = views;
        this.streams = streams;
        this.calls = calls;
    }

    /** What is said of an instance; {@code tag} may be repeated. */
    record Description(
            @Nullable String name,
            @JsonAlias("plan_name") @Nullable String plan,
            @JsonAlias("team_owner") @Nullable String owner,
            @Nullable String teamOwner,
            @Nullable String description,
            @JsonAlias("tag") @Nullable List<String> tags,
            @Nullable Map<String, JsonNode> parameters,
            @Nullable String pool) {
        private Instances.Wanted wanted(@Nullable String team) {
            return new Instances.Wanted(
                    orEmpty(plan),
                    orEmpty(team),
                    orEmpty(description),
                    tags == null
                            ? List.of()
                            : tags.stream()
                                    .map(String::strip)
                                    .filter(tag -> !tag.isEmpty())
                                    .distinct()
                                    .toList(),
                    parameters == null ? Map.of() : parameters);
        }

        private static String orEmpty(@Nullable String text) {
            return text == null ? "" : text.strip();
        }
    }

    /** The services that the caller can use, with the instances that it may read. */
    @GET
    @Path("/instances")
    @Api(
            title = "service instance list",
            since = "1.0",
            output = InstanceViews.Listed.class,
            statuses = {200, 204})
    @Requires(
            value = {"service-instance.read", "service.read"},
            checked = Requires.Checked.BY_FILTER)
    public Response list(Body body) {
        return Answers.list(views.usable(calls.current(), body.text("app")));
    }

    /** Has a service make an instance; answers when it is made. */
    @POST
    @Path("/{service}/instances")
    @Api(
            title = "service instance create",
            since = "1.0",
            input = Description.class,
            statuses = {201, 400, 403, 404, 409})
    @Requires(value = "service-instance.create", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true)
    public Response create(@PathParam("service") Service service, Body body) {
        Description wanted = body.as(Description.class);
        return streams.made(instances.create(
                calls.current(),
                service,
                Description.orEmpty(wanted.name()),
                Description.orEmpty(wanted.pool()),
                wanted.wanted(wanted.owner())));
    }

    /** One instance, with what its service tells of it. */
    @GET
    @Path("/{service}/instances/{instance}")
    @Api(
            title = "service instance info",
            waits = true,
            since = "1.0",
            output = InstanceViews.Info.class,
            statuses = {200, 403, 404})
    @Requires(value = "service-instance.read", checked = Requires.Checked.BY_SERVICE)
    public Response info(@PathParam("service") Service service, @PathParam("instance") String name) {
        return Answers.json(
                200,
                views.info(service, instances.find(calls.current(), "service-instance.read", service.name(), name)));
    }

    /** Replaces what is said of an instance: what is left out is empty then. Each field needs its own permission. */
    @PUT
    @Path("/{service}/instances/{instance}")
    @Api(
            title = "service instance update",
            since = "1.0",
            input = Description.class,
            statuses = {200, 400, 403, 404, 409, 412})
    @Requires(
            value = {
                "service-instance.update",
                "service-instance.update.description",
                "service-instance.update.teamowner",
                "service-instance.update.plan",
                "service-instance.update.tags",
                "service-instance.update.parameters"
            },
            checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true)
    public Response update(@PathParam("service") Service service, @PathParam("instance") String name, Body body) {
        Description wanted = body.as(Description.class);
        return streams.end(instances.update(calls.current(), service, name, wanted.wanted(wanted.teamOwner())));
    }

    /** Has a service remove an instance. */
    @DELETE
    @Path("/{service}/instances/{instance}")
    @Api(
            title = "remove service instance",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409})
    @Requires(value = "service-instance.delete", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response remove(@PathParam("service") String service, @PathParam("instance") String name, Body body) {
        Instance instance = instances.find(service, name);
        return streams.jsonOrFailure(instances.remove(
                calls.current(),
                services.find(instance.service()),
                name,
                body.flag("unbindall"),
                body.flag("ignoreerrors")));
    }

    /** How an instance is, as its service tells. */
    @GET
    @Path("/{service}/instances/{instance}/status")
    @Api(
            title = "service instance status",
            waits = true,
            since = "1.0",
            statuses = {200, 403, 404, 502})
    @Requires(value = "service-instance.read.status", checked = Requires.Checked.BY_SERVICE)
    public Response status(@PathParam("service") String service, @PathParam("instance") String name) {
        Instance instance = instances.find(calls.current(), "service-instance.read.status", service, name);
        return Response.ok(views.status(services.find(service), instance))
                .header("Content-Type", TEXT)
                .build();
    }

    /** Gives a team access to an instance. */
    @PUT
    @Path("/{service}/instances/permission/{instance}/{team}")
    @Api(
            title = "grant access to service instance",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409})
    @Requires(value = "service-instance.update.grant", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response grant(
            @PathParam("service") String service, @PathParam("instance") String name, @PathParam("team") String team) {
        instances.grant(calls.current(), service, name, team);
        return Answers.done();
    }

    /** Takes a team's access to an instance away; the owner keeps it. */
    @DELETE
    @Path("/{service}/instances/permission/{instance}/{team}")
    @Api(
            title = "revoke access to service instance",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409})
    @Requires(value = "service-instance.update.revoke", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response revoke(
            @PathParam("service") String service, @PathParam("instance") String name, @PathParam("team") String team) {
        instances.revoke(calls.current(), service, name, team);
        return Answers.done();
    }
}
