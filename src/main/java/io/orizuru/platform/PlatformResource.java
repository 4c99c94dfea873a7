package io.orizuru.platform;

import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Lines;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.http.Upload;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
            statuses = {200, 400, 409},
            files = "dockerfile_content")
    @Requires("platform.create")
    @Audited(grows = true, cancelable = true)
    public Response add(Body body) {
        body.requireMultipart();
        platforms.add(calls.current(), body.text("name"));
        return Lines.json(lines -> lines.message(clock.instant(), "Platform successfully added!\n"))
                .build();
    }

    /**
     * What is to change; a multipart form, in which a Dockerfile may come along: only engines of containers build from it.
     *
     * @param disabled whether only those who look after platforms see it; stays as it is when it is missing
     */
    record PlatformChange(@Nullable String disabled) {}

    /** What a platform is made of. */
    record PlatformInfo(Platform platform, List<String> images) {}

    /** The number of an image. */
    record PlatformRollback(String image) {}

    /** Updates a platform, or says who may use it. After an update the next deploy of each of its apps starts from scratch. */
    @PUT
    @Path("/{name}")
    @Api(
            title = "update platform",
            since = "1.0",
            input = PlatformChange.class,
            statuses = {200, 400, 404},
            files = "dockerfile_content")
    @Requires("platform.update")
    @Audited(grows = true, cancelable = true)
    public Response update(@PathParam("name") String name, Body body) {
        Upload dockerfile = body.upload("dockerfile_content");
        if (dockerfile != null && dockerfile.size() == 0) {
            throw Failure.invalid("Missing file content.");
        }
        String disabled = body.text("disabled");
        if (!disabled.isEmpty() && !disabled.equals("true") && !disabled.equals("false")) {
            throw Failure.invalid("disabled is \"" + disabled + "\", which is neither true nor false");
        }
        boolean rebuilt = dockerfile != null || disabled.isEmpty();
        platforms.update(calls.current(), name, disabled.isEmpty() ? null : Boolean.valueOf(disabled), rebuilt);
        return Lines.json(lines -> lines.message(clock.instant(), "Platform successfully updated!\n"))
                .build();
    }

    /** A platform and its images, of which those that are built with the machine's own tools have none. */
    @GET
    @Path("/{name}")
    @Api(
            title = "platform info",
            since = "1.6",
            output = PlatformInfo.class,
            statuses = {200, 404})
    @Requires({"platform.update", "platform.read"})
    public PlatformInfo info(@PathParam("name") String name) {
        return new PlatformInfo(platforms.require(name), List.of());
    }

    /** Goes back to an image of a platform. */
    @POST
    @Path("/{name}/rollback")
    @Api(
            title = "rollback platform",
            since = "1.6",
            input = PlatformRollback.class,
            statuses = {400, 404})
    @Requires("platform.update")
    @Audited(cancelable = true)
    public Response rollBack(@PathParam("name") String name, Body body) {
        String image = body.text("image");
        if (image.isEmpty()) {
            throw Failure.invalid("you cannot rollback without an image name");
        }
        if (!image.matches("[1-9]\\d{0,8}")) {
            throw Failure.invalid("invalid image version \"" + image + "\"");
        }
        platforms.require(name);
        throw Failure.notFound("Platform image not found: the platform " + name
                + " is built with the machine's own tools, which have no images to go back to");
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
