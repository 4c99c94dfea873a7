package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.orizuru.http.Sockets;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

@Path("/apps/{app}/shell")
@RunOnVirtualThread
class ShellResource implements Resource {
    private final Shells shells;
    private final Sockets sockets;
    private final Calls calls;

    ShellResource(Shells shells, Sockets sockets, Calls calls) {
        this.shells = shells;
        this.sockets = sockets;
        this.calls = calls;
    }

    /** A shell with a terminal, whose bytes go both ways over a WebSocket. */
    @GET
    @Api(
            title = "app shell",
            since = "1.0",
            socket = true,
            input = ShellRequest.class,
            statuses = {101, 400, 403, 404, 412, 503})
    @Requires("app.run.shell")
    @Audited(grows = true)
    public Response open(@PathParam("app") App app) {
        sockets.requireAsked();
        ShellRequest request = new ShellRequest(
                text("unit"), text("container_id"), flag("isolated"), number("width"), number("height"), text("term"));
        try (OpenShell shell = shells.open(calls.current(), app, request)) {
            return sockets.serve(shell::serve);
        }
    }

    private String text(String name) {
        return sockets.parameter(name).orElse("");
    }

    private boolean flag(String name) {
        return switch (text(name).toLowerCase(java.util.Locale.ROOT)) {
            case "true", "1", "t" -> true;
            default -> false;
        };
    }

    private int number(String name) {
        Optional<String> value = sockets.parameter(name);
        try {
            return value.map(Integer::parseInt).orElse(0);
        } catch (NumberFormatException e) {
            throw Failure.invalid("the " + name + " \"" + value.orElse("") + "\" is not a whole number");
        }
    }
}
