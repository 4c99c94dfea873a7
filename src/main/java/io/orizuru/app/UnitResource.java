package io.orizuru.app;

import io.orizuru.event.EventStreams;
import io.orizuru.failure.Failure;
import io.orizuru.http.Answers;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.List;

@Path("/apps/{app}/units")
@RunOnVirtualThread
class UnitResource implements Resource {
    /** More than any machine runs of one process; keeps a slip of the finger from becoming a disaster. */
    private static final int MOST = 10_000;

    private final Scaling scaling;
    private final AppUnits appUnits;
    private final EventStreams streams;
    private final ReleaseChanges changes;
    private final Calls calls;

    UnitResource(Scaling scaling, AppUnits appUnits, ReleaseChanges changes, EventStreams streams, Calls calls) {
        this.scaling = scaling;
        this.appUnits = appUnits;
        this.streams = streams;
        this.changes = changes;
        this.calls = calls;
    }

    /** How many units of what to add or remove. */
    record UnitChange(int units, String process, String version) {}

    /** Adds units. */
    @PUT
    @Api(
            title = "add units",
            since = "1.0",
            input = UnitChange.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.unit.add")
    @Audited(grows = true, cancelable = true)
    public Response add(@PathParam("app") App app, Body body) {
        return changes.answer(calls.current(), app, Conditions.of(body), scaling.add(app, number(body), scope(body)));
    }

    /** Removes units. */
    @DELETE
    @Api(
            title = "remove units",
            since = "1.0",
            input = UnitChange.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.unit.remove")
    @Audited(cancelable = true)
    public Response remove(@PathParam("app") App app, Body body) {
        return changes.answer(
                calls.current(), app, Conditions.of(body), scaling.remove(app, number(body), scope(body)));
    }

    /** Keeps the status that an agent reports of a unit; an id may be shortened as long as it names one unit. */
    @POST
    @Path("/{unit}")
    @Api(
            title = "set unit status",
            since = "1.0",
            input = UnitStatus.class,
            statuses = {200, 400, 404})
    @Requires("app.update.unit.status")
    public Response setStatus(@PathParam("app") App app, @PathParam("unit") String unit, Body body) {
        appUnits.report(app, unit, body.text("status"));
        return Answers.done();
    }

    /** Answers the environment of a unit that says it has started. */
    @POST
    @Path("/register")
    @Api(
            title = "register unit",
            since = "1.0",
            input = Registration.class,
            output = Variable.class,
            statuses = {200, 404})
    @Requires("app.update.unit.register")
    public List<Variable> register(@PathParam("app") App app, Body body) {
        return appUnits.register(calls.current(), app, body.text("hostname"));
    }

    /** Replaces a unit by a new one; it gets no requests before it is ended, and stays when no new one gets healthy. */
    @DELETE
    @Path("/{unit}")
    @Api(
            title = "kill a running unit",
            since = "1.12",
            input = Kill.class,
            statuses = {200, 400, 404, 409})
    @Requires("app.update.unit.kill")
    @Audited
    public Response kill(@PathParam("app") App app, @PathParam("unit") String unit, Body body) {
        return streams.end(
                appUnits.kill(calls.current(), app, unit, body.as(Kill.class).force()));
    }

    /** A status of units: created, building, error, started, starting, stopped or asleep. */
    record UnitStatus(String status) {}

    /** A unit's id, or its beginning. */
    record Registration(String hostname) {}

    /** @param force ends the unit first, at once, with the requests under way at it; a new one is started after */
    record Kill(boolean force) {}

    private static int number(Body body) {
        String text = body.text("units");
        if (text.isEmpty()) {
            throw Failure.invalid("You must provide the number of units.");
        }
        try {
            int number = Integer.parseInt(text);
            if (number > 0 && number <= MOST) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw Failure.invalid("Invalid number of units: the number must be an integer greater than 0.");
    }

    static Scaling.Scope scope(Body body) {
        return new Scaling.Scope(body.text("process"), body.text("version"));
    }
}
