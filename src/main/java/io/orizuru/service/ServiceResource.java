package io.orizuru.service;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.secret.Secret;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

@Path("/services")
@RunOnVirtualThread
class ServiceResource implements Resource {
    private final Services services;
    private final InstanceViews views;
    private final Calls calls;

    ServiceResource(Services services, InstanceViews views, Calls calls) {
        this.services = services;
        this.views = views;
        this.calls = calls;
    }

    /** What a service is made from, or is to be from now on. */
    record Description(
            @Nullable String id,
            @Nullable String username,
            @Nullable String password,
            @Nullable String endpoint,
            @Nullable String team,
            boolean restricted,

            @JsonProperty("multi-cluster") @JsonAlias("multiCluster")
            boolean multiCluster) {
        Services.Wanted wanted(String name) {
            return new Services.Wanted(
                    name,
                    orEmpty(username),
                    new Secret(orEmpty(password)),
                    orEmpty(endpoint),
                    orEmpty(team),
                    restricted,
                    multiCluster);
        }

        static String orEmpty(@Nullable String text) {
            return text == null ? "" : text.strip();
        }
    }

    /** A plan of a service. */
    record PlanView(
            @JsonProperty("Name") String name,
            @JsonProperty("Description") String description) {}

    /** The services that the caller's teams offer, with their instances. */
    @GET
    @Api(
            title = "service list",
            since = "1.0",
            output = InstanceViews.Listed.class,
            statuses = {200, 204})
    @Requires(value = "service.read", checked = Requires.Checked.BY_FILTER)
    public Response list() {
        return Answers.list(views.offered(calls.current()));
    }

    /** Offers a service. */
    @POST
    @Api(
            title = "service create",
            since = "1.0",
            input = Description.class,
            statuses = {201, 400, 403, 409})
    @Requires(value = "service.create", checked = Requires.Checked.BY_SERVICE)
    @Audited(grows = true)
    public Response create(Body body) {
        Description description = body.as(Description.class);
        services.create(calls.current(), description.wanted(Description.orEmpty(description.id())));
        return Answers.text(201, "success");
    }

    /** The instances of a service that the caller may read, with what the service tells of them. */
    @GET
    @Path("/{service}")
    @Api(
            title = "service info",
            since = "1.0",
            output = InstanceViews.OfService.class,
            statuses = {200, 404})
    @Requires(value = "service-instance.read", checked = Requires.Checked.BY_FILTER)
    public Response info(@PathParam("service") Service service) {
        return Answers.json(200, views.of(calls.current(), service));
    }

    /** Changes what is said of a service; its instances are asked for at the new endpoint from then on. */
    @PUT
    @Path("/{service}")
    @Api(
            title = "service update",
            since = "1.0",
            input = Description.class,
            statuses = {200, 400, 403, 404})
    @Requires("service.update")
    @Audited(grows = true)
    public Response update(@PathParam("service") Service service, Body body) {
        services.update(calls.current(), service, body.as(Description.class).wanted(service.name()));
        return Answers.done();
    }

    /** Offers a service no longer. */
    @DELETE
    @Path("/{service}")
    @Api(
            title = "service delete",
            since = "1.0",
            statuses = {200, 403, 404})
    @Requires("service.delete")
    @Audited
    public Response remove(@PathParam("service") Service service) {
        services.remove(calls.current(), service);
        return Answers.done();
    }

    /** The plans of a service, as it tells them. */
    @GET
    @Path("/{service}/plans")
    @Api(
            title = "service plans",
            waits = true,
            since = "1.0",
            output = PlanView.class,
            statuses = {200, 403, 404, 502})
    @Requires(value = "service.read.plans", checked = Requires.Checked.BY_SERVICE)
    public Response plans(@PathParam("service") Service service, Body body) {
        List<PlanView> plans = services.plans(calls.current(), service, body.text("pool")).stream()
                .map(plan -> new PlanView(plan.name(), plan.description()))
                .toList();
        return Answers.json(200, plans);
    }

    /** How a service is used. */
    @GET
    @Path("/{service}/doc")
    @Api(
            title = "service doc",
            since = "1.0",
            statuses = {200, 403, 404})
    @Requires(value = "service.read.doc", checked = Requires.Checked.BY_SERVICE)
    public Response doc(@PathParam("service") Service service) {
        String doc = services.doc(calls.current(), service);
        return doc.isEmpty()
                ? Answers.done()
                : Response.ok(doc)
                        .header("Content-Type", "text/plain; charset=utf-8")
                        .build();
    }

    /** Says how a service is used. */
    @PUT
    @Path("/{service}/doc")
    @Api(
            title = "change service documentation",
            since = "1.0",
            statuses = {200, 400, 403, 404},
            maxBody = 256 << 10)
    @Requires("service.update.doc")
    @Audited(grows = true)
    public Response document(@PathParam("service") Service service, Body body) {
        services.document(calls.current(), service, body.text("doc"));
        return Answers.done();
    }

    /** Lets a team in to a service. */
    @PUT
    @Path("/{service}/team/{team}")
    @Api(
            title = "grant access to a service",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409})
    @Requires("service.update.grant-access")
    @Audited
    public Response grant(@PathParam("service") Service service, @PathParam("team") String team) {
        services.grant(calls.current(), service, team);
        return Answers.done();
    }

    /** Lets a team in no longer; the instances that it has stay. */
    @DELETE
    @Path("/{service}/team/{team}")
    @Api(
            title = "revoke access to a service",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409})
    @Requires("service.update.revoke-access")
    @Audited
    public Response revoke(@PathParam("service") Service service, @PathParam("team") String team) {
        services.revoke(calls.current(), service, team);
        return Answers.done();
    }

    /** What a service says of its operations beyond the service API; null if nothing. */
    @GET
    @Path("/{service}/manifest")
    @Api(
            title = "get service manifest",
            since = "1.31",
            output = Manifest.class,
            statuses = {200, 404})
    @Requires("service.update")
    public Response manifest(@PathParam("service") Service service) {
        return services.manifest(service)
                .map(manifest -> Answers.json(200, manifest))
                .orElseGet(() -> Answers.json(200, "null"));
    }

    /** Says what a service has beyond the service API. */
    @PUT
    @Path("/{service}/manifest")
    @Api(
            title = "set service manifest",
            since = "1.31",
            input = Manifest.class,
            statuses = {200, 400, 404},
            maxBody = 256 << 10)
    @Requires("service.update")
    @Audited(grows = true)
    public Response describe(@PathParam("service") Service service, Body body) {
        services.describe(calls.current(), service, body.as(Manifest.class));
        return Answers.done();
    }
}
