package io.orizuru.auth;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;

@Path("/auth")
@RunOnVirtualThread
class LoginResource implements Resource {
    private final Sessions sessions;
    private final Calls calls;

    LoginResource(Sessions sessions, Calls calls) {
        this.sessions = sessions;
        this.calls = calls;
    }

    /** A way to log in. */
    record Scheme(String name, Map<String, Object> data) {}

    /** A way to log in, among others. */
    record ListedScheme(String name, boolean isDefault, Map<String, Object> data) {
        Map<String, Object> wire() {
            return Map.of("name", name, "default", isDefault, "data", data);
        }
    }

    /** What a login is made from. */
    record Credentials(String email, String password) {}

    /** What a login gives. */
    record Session(String token) {}

    /** The scheme that logs people in, for clients of the first version. */
    @GET
    @Path("/scheme")
    @Api(title = "get auth scheme", since = "1.0", open = true, output = Scheme.class)
    public Scheme scheme() {
        return new Scheme("native", Map.of());
    }

    /** All schemes that log people in. */
    @GET
    @Path("/schemes")
    @Api(title = "get auth scheme", since = "1.18", open = true, output = ListedScheme.class)
    public Response schemes() {
        return Answers.json(200, List.of(new ListedScheme("native", true, Map.of()).wire()));
    }

    /** Begins a session. */
    @POST
    @Path("/login")
    @Api(
            title = "login",
            since = "1.0",
            open = true,
            input = Credentials.class,
            output = Session.class,
            cost = Api.Cost.PASSWORD,
            statuses = {200, 400, 401, 403, 404, 429},
            maxBody = 8 << 10)
    public Session logIn(Body body) {
        return new Session(sessions.logIn(calls.current(), body.text("email"), body.text("password")));
    }
}
