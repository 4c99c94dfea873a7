package io.orizuru.app;

import io.orizuru.event.EventStreams;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}/run")
@RunOnVirtualThread
class RunResource implements Resource {
    private final AppCommands commands;
    private final EventStreams streams;
    private final Calls calls;

    RunResource(AppCommands commands, EventStreams streams, Calls calls) {
        this.commands = commands;
        this.streams = streams;
        this.calls = calls;
    }

    /** A shell command, and whether it runs in one unit only, or in one of its own. */
    record NewCommand(String command, boolean once, boolean isolated) {}

    /** Runs a command and streams what it prints; ends with an error when its exit code is not 0. */
    @POST
    @Api(
            title = "run commands",
            since = "1.0",
            input = NewCommand.class,
            statuses = {200, 400, 404, 409, 412})
    @Requires("app.run")
    @Audited(grows = true)
    public Response run(@PathParam("app") App app, Body body) {
        Command command = new Command(app.name(), body.text("command"), body.flag("once"), body.flag("isolated"));
        return streams.jsonOrFailure(commands.run(calls.current(), app, command));
    }
}
