package io.orizuru.app;

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
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

@Path("/apps/{app}")
@RunOnVirtualThread
class CertificateResource implements Resource {
    private final Certificates certificates;
    private final Calls calls;

    CertificateResource(Certificates certificates, Calls calls) {
        this.certificates = certificates;
        this.calls = calls;
    }

    /** A certificate for a name: PEM, or as programs send bytes in JSON, Base64 of that. */
    record NewCertificate(
            @Nullable String cname,
            @Nullable String certificate,
            @Nullable String key) {}

    /** A name. */
    record Name(@Nullable String cname) {}

    /** Who is to issue the certificate of a name. */
    record Issuer(@Nullable String cname, @Nullable String issuer) {}

    /** The names of a router. */
    record OfRouter(Map<String, Certificates.NamedCertificate> cnames) {}

    /** Certificates by router. */
    record ByRouter(Map<String, OfRouter> routers) {}

    /** The certificates of an app's names, by router and name; never a key. */
    @GET
    @Path("/certificate")
    @Api(
            title = "list app certificates",
            since = "1.2",
            output = Map.class,
            statuses = {200, 400, 404})
    @Requires("app.read.certificate")
    public Response list(@PathParam("app") App app) {
        Map<String, Map<String, String>> texts = new LinkedHashMap<>();
        certificates.of(app).forEach((router, names) -> {
            Map<String, String> byName = new LinkedHashMap<>();
            names.forEach((name, certificate) -> byName.put(name, certificate.certificate()));
            texts.put(router, byName);
        });
        return Answers.json(200, texts);
    }

    /** The same, with issuers and with the time when each is over. */
    @GET
    @Path("/certificates")
    @Api(
            title = "list app certificates with issuers",
            since = "1.24",
            aliases = "/1.24/apps/{app}/certificate",
            output = ByRouter.class,
            statuses = {200, 400, 404})
    @Requires("app.read.certificate")
    public Response listWithIssuers(@PathParam("app") App app) {
        Map<String, OfRouter> routers = new LinkedHashMap<>();
        certificates.of(app).forEach((router, names) -> routers.put(router, new OfRouter(names)));
        return Answers.json(200, new ByRouter(routers));
    }

    /** Shows a certificate to visitors of a name. */
    @PUT
    @Path("/certificate")
    @Api(
            title = "set app certificate",
            since = "1.2",
            aliases = "/1.0/apps/{app}/certificate",
            input = NewCertificate.class,
            statuses = {200, 400, 404},
            maxBody = 256 << 10)
    @Requires("app.update.certificate.set")
    @Audited(grows = true)
    public Response set(@PathParam("app") App app, Body body) {
        certificates.set(
                calls.current(),
                app,
                body.text("cname"),
                plain(body.text("certificate")),
                new Secret(plain(body.text("key"))));
        return Response.ok().build();
    }

    private static String plain(String given) {
        if (given.contains("-----BEGIN")) {
            return given;
        }
        try {
            return new String(Base64.getDecoder().decode(given), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return given;
        }
    }

    /** Shows none any more. */
    @DELETE
    @Path("/certificate")
    @Api(
            title = "unset app certificate",
            since = "1.2",
            aliases = "/1.0/apps/{app}/certificate",
            input = Name.class,
            statuses = {200, 400, 404})
    @Requires("app.update.certificate.unset")
    @Audited
    public Response unset(@PathParam("app") App app, Body body) {
        certificates.unset(calls.current(), app, body.text("cname"));
        return Response.ok().build();
    }

    /** Notes who is to issue the certificate of a CNAME. */
    @PUT
    @Path("/certissuer")
    @Api(
            title = "set app certificate issuer",
            since = "1.24",
            input = Issuer.class,
            statuses = {200, 400, 404})
    @Requires("certissuer.set")
    @Audited
    public Response setIssuer(@PathParam("app") App app, Body body) {
        certificates.setIssuer(calls.current(), app, body.text("cname"), body.text("issuer"));
        return Response.ok().build();
    }

    /** Nobody is to issue it any more. */
    @DELETE
    @Path("/certissuer")
    @Api(
            title = "unset app certificate issuer",
            since = "1.24",
            input = Name.class,
            statuses = {200, 400, 404})
    @Requires("certissuer.unset")
    @Audited
    public Response unsetIssuer(@PathParam("app") App app, Body body) {
        certificates.unsetIssuer(calls.current(), app, body.text("cname"));
        return Response.ok().build();
    }
}
