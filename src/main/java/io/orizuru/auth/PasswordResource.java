package io.orizuru.auth;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

@Path("/users")
@RunOnVirtualThread
class PasswordResource implements Resource {
    private final PasswordChanges changes;
    private final PasswordResets resets;
    private final Calls calls;

    PasswordResource(PasswordChanges changes, PasswordResets resets, Calls calls) {
        this.changes = changes;
        this.resets = resets;
        this.calls = calls;
    }

    /** What a password is changed from and to; the new one twice. */
    record Change(
            @Nullable String old,
            @JsonProperty("new") @Nullable String chosen,
            @Nullable String confirm) {}

    /** How a password is reset: without a token one is mailed; with it the password is set, to a mailed one if there is none. */
    record Reset(@Nullable String token, @Nullable String password) {}

    /** Changes the caller's own password. This session stays, the caller's others end. */
    @PUT
    @Path("/password")
    @Api(
            title = "change password",
            since = "1.0",
            withExpiredPassword = true,
            input = Change.class,
            cost = Api.Cost.PASSWORD,
            statuses = {200, 400, 403, 404},
            maxBody = 8 << 10)
    @Requires(value = "user.update.password", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response change(Body body) {
        changes.change(calls.current(), calls.token(), body.text("old"), body.text("new"), body.text("confirm"));
        return Answers.done();
    }

    /** Mails a one-time token, or sets a new password with it; all sessions end then. */
    @POST
    @Path("/{email}/password")
    @Api(
            title = "reset password",
            since = "1.0",
            open = true,
            input = Reset.class,
            cost = Api.Cost.PASSWORD,
            statuses = {200, 400, 403, 404, 503},
            maxBody = 8 << 10)
    @Requires(value = "user.update.reset", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response reset(@PathParam("email") String email, Body body) {
        if (body.text("token").isEmpty()) {
            resets.begin(calls.current(), email);
        } else {
            resets.finish(calls.current(), email, body.text("token"), body.text("password"));
        }
        return Answers.done();
    }
}
