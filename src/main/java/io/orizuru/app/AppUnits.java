package io.orizuru.app;

import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;

/** Single units of an app. */
@ApplicationScoped
class AppUnits {
    private static final Set<String> STATUSES =
            Set.of("created", "building", "error", "started", "starting", "stopped", "asleep");

    private final Units units;
    private final Releases releases;
    private final PlatformVariables variables;
    private final Apps apps;
    private final Events events;

    AppUnits(Units units, Releases releases, PlatformVariables variables, Apps apps, Events events) {
        this.units = units;
        this.releases = releases;
        this.variables = variables;
        this.apps = apps;
        this.events = events;
    }

    /** Keeps what an agent reports: an error is shown until it reports something else. */
    void report(App app, String id, String status) {
        checkedStatus(status);
        units.report(find(app, id).id(), status);
    }

    /** The status, if there is such a one. */
    static String checkedStatus(String status) {
        if (!STATUSES.contains(status)) {
            throw Failure.invalid("invalid status");
        }
        return status;
    }

    /** The environment of a unit. */
    List<Variable> register(Call call, App app, String id) {
        find(app, id);
        return variables.shown(call.caller(), app, releases.desired(app).environment());
    }

    /**
     * Replaces a unit; answers the event's id.
     *
     * @param force whether it ends before a new one is there
     */
    String kill(Call call, App app, String id, boolean force) {
        UnitRecord unit = find(app, id);
        return events.accept(call, app.subject(), Data.of("unit", unit.id()).with("force", force), event -> {
            int release = releases.desired(apps.find(app.name())).number();
            return new Accepted(
                    new Killing(app.name(), unit.id(), unit.generation(), release, force),
                    List.of("---- Replacing the unit " + unit.id() + " ----\n"));
        });
    }

    private UnitRecord find(App app, String id) {
        List<UnitRecord> found = units.onRecord(app.name()).stream()
                .filter(unit -> !id.isEmpty() && unit.id().startsWith(id))
                .toList();
        return found.stream()
                .filter(unit -> unit.id().equals(id) || found.size() == 1)
                .findFirst()
                .orElseThrow(() -> Failure.notFound("unit \"" + id + "\" not found"));
    }
}
