package io.orizuru.service;

import io.orizuru.event.EventStreams;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.outgoing.Answer;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Requests that are passed on to services. A GET changes nothing and leaves no event; all others are operations. */
@Path("/services")
@RunOnVirtualThread
class ProxyResource implements Resource {
    private final Services services;
    private final Instances instances;
    private final Proxies proxies;
    private final PassingHandler passed;
    private final EventStreams streams;
    private final Calls calls;

    ProxyResource(
            Services services,
            Instances instances,
            Proxies proxies,
            PassingHandler passed,
            EventStreams streams,
            Calls calls) {
        this.services = services;
        this.instances = instances;
        this.proxies = proxies;
        this.passed = passed;
        this.streams = streams;
        this.calls = calls;
    }

    /** Passes a request on to a service, for those who offer it. */
    @GET
    @Path("/proxy/service/{service}")
    @Api(
            title = "service proxy",
            waits = true,
            since = "1.0",
            statuses = {200, 400, 403, 404, 502})
    @Requires("service.update.proxy")
    public Response getService(@PathParam("service") Service service, @Context UriInfo uri, Body body) {
        return ofService(service, "GET", callback(uri, body), "", body);
    }

    /** Passes a request on to a service, for those who offer it. */
    @POST
    @Path("/proxy/service/{service}")
    @Api(
            title = "service proxy",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires("service.update.proxy")
    @Audited
    public Response postService(
            @PathParam("service") Service service,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofService(service, "POST", callback(uri, body), type, body);
    }

    /** Passes a request on to a service, for those who offer it. */
    @PUT
    @Path("/proxy/service/{service}")
    @Api(
            title = "service proxy",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires("service.update.proxy")
    @Audited
    public Response putService(
            @PathParam("service") Service service,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofService(service, "PUT", callback(uri, body), type, body);
    }

    /** Passes a request on to a service, for those who offer it. */
    @DELETE
    @Path("/proxy/service/{service}")
    @Api(
            title = "service proxy",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires("service.update.proxy")
    @Audited
    public Response deleteService(
            @PathParam("service") Service service,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofService(service, "DELETE", callback(uri, body), type, body);
    }

    /** Passes a request on to a service, about an instance. */
    @GET
    @Path("/{service}/proxy/{instance}")
    @Api(
            title = "service instance proxy",
            waits = true,
            since = "1.0",
            statuses = {200, 400, 403, 404, 502})
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    public Response getInstance(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @Context UriInfo uri,
            Body body) {
        return ofInstance(service, instance, "GET", callback(uri, body), "", body);
    }

    /** Passes a request on to a service, about an instance. */
    @POST
    @Path("/{service}/proxy/{instance}")
    @Api(
            title = "service instance proxy",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response postInstance(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofInstance(service, instance, "POST", callback(uri, body), type, body);
    }

    /** Passes a request on to a service, about an instance. */
    @PUT
    @Path("/{service}/proxy/{instance}")
    @Api(
            title = "service instance proxy",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response putInstance(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofInstance(service, instance, "PUT", callback(uri, body), type, body);
    }

    /** Passes a request on to a service, about an instance. */
    @DELETE
    @Path("/{service}/proxy/{instance}")
    @Api(
            title = "service instance proxy",
            since = "1.0",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response deleteInstance(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofInstance(service, instance, "DELETE", callback(uri, body), type, body);
    }

    /** As the proxy of an instance, with the path behind it. */
    @GET
    @Path("/{service}/resources/{instance}/{path:.*}")
    @Api(
            title = "service instance resources",
            waits = true,
            since = "1.20",
            statuses = {200, 400, 403, 404, 502})
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    public Response getResource(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("path") String path,
            @Context UriInfo uri,
            Body body) {
        return ofInstance(service, instance, "GET", ServicePath.of(path, query(uri)), "", body);
    }

    /** As the proxy of an instance, with the path behind it. */
    @POST
    @Path("/{service}/resources/{instance}/{path:.*}")
    @Api(
            title = "service instance resources",
            since = "1.20",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response postResource(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofInstance(service, instance, "POST", ServicePath.of(path, query(uri)), type, body);
    }

    /** As the proxy of an instance, with the path behind it. */
    @PUT
    @Path("/{service}/resources/{instance}/{path:.*}")
    @Api(
            title = "service instance resources",
            since = "1.20",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response putResource(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofInstance(service, instance, "PUT", ServicePath.of(path, query(uri)), type, body);
    }

    /** As the proxy of an instance, with the path behind it. */
    @DELETE
    @Path("/{service}/resources/{instance}/{path:.*}")
    @Api(
            title = "service instance resources",
            since = "1.20",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service-instance.update.proxy", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response deleteResource(
            @PathParam("service") String service,
            @PathParam("instance") String instance,
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        return ofInstance(service, instance, "DELETE", ServicePath.of(path, query(uri)), type, body);
    }

    /** Passes a request on to a service that decides itself what a user may: it is told the name. */
    @GET
    @Path("/{service}/authenticated-resources/{path:.*}")
    @Api(
            title = "service resources for every user",
            waits = true,
            since = "1.21",
            statuses = {200, 400, 403, 404, 502})
    @Requires(value = "service.read", checked = Requires.Checked.BY_SERVICE)
    public Response getAuthenticated(
            @PathParam("service") Service service, @PathParam("path") String path, @Context UriInfo uri, Body body) {
        Services.requireUse(calls.current(), service, "service.read");
        return ofService(service, "GET", forEveryUser(path, uri), "", body);
    }

    /** Passes a request on to a service that decides itself what a user may: it is told the name. */
    @POST
    @Path("/{service}/authenticated-resources/{path:.*}")
    @Api(
            title = "service resources for every user",
            since = "1.21",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service.read", checked = Requires.Checked.BY_SERVICE)
    @Audited(kind = "service.update.proxy")
    public Response postAuthenticated(
            @PathParam("service") Service service,
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        Services.requireUse(calls.current(), service, "service.read");
        return ofService(service, "POST", forEveryUser(path, uri), type, body);
    }

    /** Passes a request on to a service that decides itself what a user may: it is told the name. */
    @PUT
    @Path("/{service}/authenticated-resources/{path:.*}")
    @Api(
            title = "service resources for every user",
            since = "1.21",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service.read", checked = Requires.Checked.BY_SERVICE)
    @Audited(kind = "service.update.proxy")
    public Response putAuthenticated(
            @PathParam("service") Service service,
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        Services.requireUse(calls.current(), service, "service.read");
        return ofService(service, "PUT", forEveryUser(path, uri), type, body);
    }

    /** Passes a request on to a service that decides itself what a user may: it is told the name. */
    @DELETE
    @Path("/{service}/authenticated-resources/{path:.*}")
    @Api(
            title = "service resources for every user",
            since = "1.21",
            statuses = {200, 400, 403, 404, 409, 413, 502},
            maxBody = 1 << 20)
    @Requires(value = "service.read", checked = Requires.Checked.BY_SERVICE)
    @Audited(kind = "service.update.proxy")
    public Response deleteAuthenticated(
            @PathParam("service") Service service,
            @PathParam("path") String path,
            @Context UriInfo uri,
            @HeaderParam("Content-Type") @Nullable String type,
            Body body) {
        Services.requireUse(calls.current(), service, "service.read");
        return ofService(service, "DELETE", forEveryUser(path, uri), type, body);
    }

    private static ServicePath callback(UriInfo uri, Body body) {
        return ServicePath.ofCallback(body.text("callback"), query(uri));
    }

    private static ServicePath forEveryUser(String path, UriInfo uri) {
        return ServicePath.of(path, query(uri)).under("/authenticated-resources");
    }

    private static @Nullable String query(UriInfo uri) {
        return uri.getRequestUri().getRawQuery();
    }

    private Response ofService(Service service, String method, ServicePath path, @Nullable String type, Body body) {
        return answer(service, "", service.subject(), method, path, type, body);
    }

    private Response ofInstance(
            String service, String name, String method, ServicePath path, @Nullable String type, Body body) {
        Instance instance = instances.find(calls.current(), "service-instance.update.proxy", service, name);
        return answer(services.find(service), name, instance.subject(), method, path.below(name, method), type, body);
    }

    private Response answer(
            Service service,
            String instance,
            Subject subject,
            String method,
            ServicePath path,
            @Nullable String type,
            Body body) {
        if (method.equals("GET")) {
            return answer(proxies.get(calls.current(), service, instance, path.text()));
        }
        Passing passing =
                new Passing(service.name(), instance, method, path.text(), type == null ? "" : type, body.raw());
        String event = proxies.accept(calls.current(), subject, passing);
        Optional<Failure> failed = Optional.empty();
        try {
            streams.end(event);
        } catch (Failure failure) {
            failed = Optional.of(failure);
        }
        Optional<Answer> given = passed.take(event);
        if (given.isPresent()) {
            return answer(given.get());
        }
        throw failed.map(failure -> Failure.upstream(failure.message()))
                .orElseGet(() -> Failure.upstream(
                        "the request was passed on by another server, which has the answer: see the event " + event));
    }

    /** It is somebody else's text under our name: no browser is to run it. */
    private static Response answer(Answer answer) {
        return Response.status(answer.status())
                .header("Content-Type", answer.header("Content-Type").orElse("application/octet-stream"))
                .header("X-Content-Type-Options", "nosniff")
                .header("Content-Security-Policy", "sandbox")
                .entity(answer.bytes())
                .build();
    }
}
