package io.orizuru.app;

import io.orizuru.event.ChangeHandler;
import io.orizuru.event.Run;
import io.orizuru.failure.Failure;
import io.orizuru.log.LogLine;
import io.orizuru.log.Logs;
import io.orizuru.provision.Engines;
import io.orizuru.provision.ExecutionFailed;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.Units;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.List;

/**
 * Runs a command. What it does cannot be compared with anything and may not be done twice: when the server dies while it runs,
 * the event ends with that, and the command is not run again.
 */
@ApplicationScoped
class CommandHandler implements ChangeHandler<Command> {
    private static final String SOURCE = "app-run";
    private static final String UNIT = "api";

    private final Apps apps;
    private final Releases releases;
    private final Units units;
    private final Engines engines;
    private final Rollout rollout;
    private final Logs logs;
    private final Clock clock;

    CommandHandler(
            Apps apps, Releases releases, Units units, Engines engines, Rollout rollout, Logs logs, Clock clock) {
        this.apps = apps;
        this.releases = releases;
        this.units = units;
        this.engines = engines;
        this.rollout = rollout;
        this.logs = logs;
        this.clock = clock;
    }

    @Override
    public String kind() {
        return "app.run";
    }

    @Override
    public Class<Command> type() {
        return Command.class;
    }

    @Override
    public void run(Command change, Run run) {
        if (run.done(AppFailPoints.COMMAND_BEGUN).isPresent()) {
            throw Failure.unavailable("the server ended while the command ran, so how it ended is not known");
        }
        run.once(AppFailPoints.COMMAND_BEGUN, () -> true);
        App app = apps.find(change.app());
        note(app, "running '" + change.command() + "'");
        try {
            if (change.isolated()) {
                require(rollout.aside(run, app, newest(app), change.command(), line -> print(run, app, line)));
                return;
            }
            List<UnitRecord> targets = AppCommands.available(units, app);
            for (UnitRecord unit : change.once() ? targets.subList(0, Math.min(1, targets.size())) : targets) {
                require(engines.require(unit.provisioner())
                        .execute(app.name(), unit.id(), change.command(), line -> print(run, app, line), run::check));
            }
        } catch (ExecutionFailed e) {
            throw Failure.upstream(String.valueOf(e.getMessage()));
        }
    }

    private int newest(App app) {
        return releases.desired(app).placement().versions().stream()
                .mapToInt(Placement.Running::version)
                .max()
                .orElseThrow(() -> Failure.invalid(Scaling.NO_VERSIONS));
    }

    private static void require(int code) {
        if (code != 0) {
            throw Failure.invalid("unexpected exit code: " + code);
        }
    }

    private void print(Run run, App app, String line) {
        run.log(line + "\n");
        note(app, line);
    }

    private void note(App app, String line) {
        logs.accept(new LogLine(app.name(), clock.instant(), SOURCE, UNIT, line));
    }

    @Override
    public void withdraw(Command change, Run run, String why) {
        // What a command did is not undone.
    }
}
