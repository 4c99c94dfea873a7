package io.orizuru.auth;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/users")
@RunOnVirtualThread
class SessionResource implements Resource {
    private final Sessions sessions;
    private final Calls calls;

    SessionResource(Sessions sessions, Calls calls) {
        this.sessions = sessions;
        this.calls = calls;
    }

    /** Begins a session of the user that the path names. */
    @POST
    @Path("/{email}/tokens")
    @Api(
            title = "login",
            since = "1.0",
            open = true,
            input = LoginResource.Credentials.class,
            output = LoginResource.Session.class,
            cost = Api.Cost.PASSWORD,
            statuses = {200, 400, 401, 403, 404, 429},
            maxBody = 8 << 10)
    public LoginResource.Session logIn(@PathParam("email") String email, Body body) {
        return new LoginResource.Session(sessions.logIn(calls.current(), email, body.text("password")));
    }

    /** Ends the session that the request is made with. */
    @DELETE
    @Path("/tokens")
    @Api(title = "logout", since = "1.0", withExpiredPassword = true)
    public Response logOut() {
        sessions.logOut(calls.token());
        return Answers.done();
    }
}
