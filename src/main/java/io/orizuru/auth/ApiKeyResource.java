package io.orizuru.auth;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Call;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

@Path("/users/api-key")
@RunOnVirtualThread
class ApiKeyResource implements Resource {
    private final Sessions sessions;
    private final Calls calls;

    ApiKeyResource(Sessions sessions, Calls calls) {
        this.sessions = sessions;
        this.calls = calls;
    }

    /** A user's API key, the caller's own when none is named. */
    @GET
    @Api(
            title = "show token",
            since = "1.0",
            output = String.class,
            statuses = {200, 403, 404})
    @Requires(value = "user.update.token", checked = Requires.Checked.BY_SERVICE)
    public Response show(Body body) {
        return json(sessions.apiKey(calls.current(), user(body)));
    }

    /** Makes a new API key in place of the old one. */
    @POST
    @Api(
            title = "regenerate token",
            since = "1.0",
            output = String.class,
            statuses = {200, 403, 404})
    @Requires(value = "user.update.token", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response regenerate(Body body) {
        return json(sessions.regenerateApiKey(calls.current(), user(body)));
    }

    private String user(Body body) {
        Call call = calls.current();
        return body.text("user").isEmpty() ? call.caller().name() : body.text("user");
    }

    private static Response json(String key) {
        return Answers.json(200, "\"" + key + "\"");
    }
}
