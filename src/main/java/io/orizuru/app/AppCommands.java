package io.orizuru.app;

import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.provision.ObservedUnit;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Commands that people run in their apps. */
@ApplicationScoped
class AppCommands {
    private static final int LONGEST = 8192;

    private final Events events;
    private final Units units;
    private final Releases releases;

    AppCommands(Events events, Units units, Releases releases) {
        this.events = events;
        this.units = units;
        this.releases = releases;
    }

    /**
     * Accepts a command; answers the event's id.
     *
     * @throws Failure when it is empty or too long, or the app has nothing to run it in
     */
    String run(Call call, App app, Command command) {
        if (command.command().isBlank()) {
            throw Failure.invalid("You must provide the command to run");
        }
        if (command.command().length() > LONGEST) {
            throw Failure.invalid("the command is longer than " + LONGEST + " characters");
        }
        if (command.isolated() && releases.desired(app).placement().isEmpty()) {
            throw Failure.invalid(Scaling.NO_VERSIONS);
        }
        if (!command.isolated() && available(units, app).isEmpty()) {
            throw Failure.precondition("App must be available to run non-isolated commands");
        }
        Data data = Data.of("command", command.command())
                .with("once", command.once())
                .with("isolated", command.isolated());
        return events.accept(call, app.subject(), data, event -> new Accepted(command, List.of()));
    }

    /** The units that a command can run in. */
    static List<UnitRecord> available(Units units, App app) {
        return units.of(List.of(app.name())).getOrDefault(app.name(), List.of()).stream()
                .filter(seen -> seen.observed()
                        .filter(observed -> observed.status() == ObservedUnit.Status.STARTED)
                        .isPresent())
                .map(Units.Seen::unit)
                .filter(UnitRecord::healthy)
                .toList();
    }
}
