package io.orizuru.auth;

import io.orizuru.failure.Failure;
import io.orizuru.http.Api;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/** Where an identity provider would call. The native scheme has none, and says so. */
@Path("/auth/saml")
@RunOnVirtualThread
class SamlResource implements Resource {

    /** What an identity provider must know of the server. */
    @GET
    @Api(title = "saml metadata", since = "1.0", open = true, statuses = 400)
    public Response metadata() {
        throw notServed();
    }

    /** Takes an identity provider's answer. */
    @POST
    @Api(title = "saml callback", since = "1.0", open = true, statuses = 400)
    public Response callback() {
        throw notServed();
    }

    private static Failure notServed() {
        return Failure.invalid("This URL is only supported with saml enabled");
    }
}
