package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.http.Api;
import io.orizuru.http.Audited;
import io.orizuru.http.Body;
import io.orizuru.http.Calls;
import io.orizuru.http.Requires;
import io.orizuru.http.Resource;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;

@Path("/apps/{app}/units")
@RunOnVirtualThread
class UnitResource implements Resource {
    /** More than any machine runs of one process; keeps a slip of the finger from becoming a disaster. */
    private static final int MOST = 10_000;

    private final Scaling scaling;
    private final ReleaseChanges changes;
    private final Calls calls;

    UnitResource(Scaling scaling, ReleaseChanges changes, Calls calls) {
        this.scaling = scaling;
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
    @Audited(cancelable = true)
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
