package io.orizuru.platform;

import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Lines;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Clock;

@Path("/platforms")
@RunOnVirtualThread
class PlatformResource implements Resource {
    private final Platforms platforms;
    private final Calls calls;
    private final Clock clock;

    PlatformResource(Platforms platforms, Calls calls, Clock clock) {
        this.platforms = platforms;
        this.calls = calls;
        this.clock = clock;
    }

    /** What a new platform is made from; a multipart form. */
    record NewPlatform(String name) {}

    /** The platforms that apps can be made for. */
    @GET
    @Api(
            title = "platform list",
            since = "1.0",
            output = Platform.class,
            statuses = {200, 204})
    @Requires(
            value = {"platform.update", "platform.create"},
            checked = Requires.Checked.BY_FILTER)
    public Response list() {
        return Answers.list(platforms.list(calls.current()));
    }

    /** Adds a platform that the server can build. */
    @POST
    @Api(
            title = "add platform",
            since = "1.0",
            input = NewPlatform.class,
            statuses = {200, 400, 409})
    @Requires("platform.create")
    @Audited(cancelable = true)
    public Response add(Body body) {
        body.requireMultipart();
        platforms.add(calls.current(), body.text("name"));
        return Lines.json(lines -> lines.message(clock.instant(), "Platform successfully added!\n"))
                .build();
    }

    /** Removes a platform that no app is made for. */
    @DELETE
    @Path("/{name}")
    @Api(
            title = "remove platform",
            since = "1.0",
            statuses = {200, 404, 409})
    @Requires("platform.delete")
    @Audited
    public Response remove(@PathParam("name") String name) {
        platforms.remove(calls.current(), name);
        return Answers.done();
    }
}
