package io.orizuru.app;

import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import org.jspecify.annotations.Nullable;

@Path("/swap")
@RunOnVirtualThread
class SwapResource implements Resource {
    private final Apps apps;
    private final Swap swap;
    private final Calls calls;

    SwapResource(Apps apps, Swap swap, Calls calls) {
        this.apps = apps;
        this.swap = swap;
        this.calls = calls;
    }

    /** Two apps. */
    record Pair(@Nullable String app1, @Nullable String app2, boolean force, boolean cnameOnly) {}

    /** Exchanges the names of two apps. */
    @POST
    @Api(
            title = "app swap",
            since = "1.0",
            input = Pair.class,
            statuses = {200, 400, 404, 409, 412})
    @Requires(value = "app.update.swap", checked = Requires.Checked.BY_SERVICE)
    @Audited
    public Response swap(Body body) {
        Pair pair = body.as(Pair.class);
        App first = apps.find(pair.app1() == null ? "" : pair.app1());
        App second = apps.find(pair.app2() == null ? "" : pair.app2());
        swap.swap(calls.current(), first, second, pair.force(), pair.cnameOnly());
        return Response.ok().build();
    }
}
