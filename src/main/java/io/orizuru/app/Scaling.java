package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.failure.Failure;
import io.orizuru.outgoing.Door;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** How many units of an app run: adding, removing, starting, stopping, putting to sleep, restarting. */
@ApplicationScoped
class Scaling {
    static final String NO_VERSIONS = "no versions available for app";

    private final Releases releases;
    private final Autoscaling autoscaling;
    private final Door proxies;

    /** @param proxies where apps that are asleep may send their visitors: where outgoing calls may go */
    Scaling(Releases releases, Autoscaling autoscaling, Door proxies) {
        this.releases = releases;
        this.autoscaling = autoscaling;
        this.proxies = proxies;
    }

    /**
     * What is meant.
     *
     * @param process empty for all
     * @param version empty for all that run
     */
    record Scope(String process, String version) {
        Data data() {
            return Data.of("process", process).with("version", version);
        }
    }

    /** Adds units to one process of one version. */
    Proposal add(App app, int units, Scope scope) {
        if (units > UnitQuotas.MOST_OF_AN_APP) {
            throw Failure.invalid("cannot add " + units + " units: an app can have " + UnitQuotas.MOST_OF_AN_APP);
        }
        byHand(app, scope, "add units to");
        List<String> messages = List.of("\n---- Adding " + units + " unit" + (units == 1 ? "" : "s") + " ----\n");
        return new Proposal(
                scope.data().with("units", units),
                true,
                release -> {
                    One one = one(release.placement(), scope);
                    autoscaling.refuse(app.name(), one.process(), "add units to");
                    if (one.scale().stopped()) {
                        throw Failure.invalid("cannot add units to an app that has stopped or sleeping units");
                    }
                    return release.with(release.placement()
                            .map(one::is, scale -> new Placement.Scale(scale.units() + units, 0, scale.generation())));
                },
                messages);
    }

    /** Removes units of one process of one version. */
    Proposal remove(App app, int units, Scope scope) {
        byHand(app, scope, "remove units from");
        List<String> messages = List.of("\n---- Removing " + units + " unit" + (units == 1 ? "" : "s") + " ----\n");
        return new Proposal(
                scope.data().with("units", units),
                true,
                release -> {
                    One one = one(release.placement(), scope);
                    autoscaling.refuse(app.name(), one.process(), "remove units from");
                    if (units > one.scale().units()) {
                        throw Failure.invalid("cannot remove " + units + " units from process \"" + one.process()
                                + "\", only " + one.scale().units() + " available");
                    }
                    return release.with(release.placement()
                            .map(one::is, scale -> new Placement.Scale(scale.units() - units, 0, scale.generation())));
                },
                messages);
    }

    /** One process of one version, with its scale. */
    private record One(int version, String process, Placement.Scale scale) {
        boolean is(int otherVersion, String otherProcess) {
            return version == otherVersion && process.equals(otherProcess);
        }
    }

    /** Refuses early, before anything is accepted; a rule first, whatever version is meant. */
    private void byHand(App app, Scope scope, String what) {
        autoscaling.refuse(app.name(), scope.process(), what);
        One one = one(releases.desired(app).placement(), scope);
        autoscaling.refuse(app.name(), one.process(), what);
    }

    private static One one(Placement placement, Scope scope) {
        if (placement.isEmpty()) {
            throw Failure.invalid(NO_VERSIONS);
        }
        Placement.Running running = version(placement, scope.version());
        if (scope.process().isEmpty() && running.processes().size() > 1) {
            throw Failure.invalid("process error: no process name specified and more than one declared in Procfile");
        }
        String process = scope.process().isEmpty() ? running.processes().firstKey() : scope.process();
        Placement.Scale scale = running.processes().get(process);
        if (scale == null) {
            throw Failure.invalid("process error: no command declared in Procfile for process \"" + process + "\"");
        }
        return new One(running.version(), process, scale);
    }

    private static Placement.Running version(Placement placement, String wanted) {
        if (!wanted.isEmpty()) {
            return find(placement, wanted).orElseThrow(() -> Failure.invalid("version not found: " + wanted));
        }
        if (placement.versions().size() > 1) {
            throw Failure.invalid("more than one version deployed, you must select one");
        }
        return placement.versions().getFirst();
    }

    static Optional<Placement.Running> find(Placement placement, String wanted) {
        return placement.versions().stream()
                .filter(running -> Integer.toString(running.version()).equals(wanted))
                .findFirst();
    }

    /** Brings stopped units back, as many as there were. */
    Proposal start(App app, Scope scope) {
        return all(scope, "\n ---> Starting " + what(app, scope, "the process") + "\n", Placement.Scale::start);
    }

    /** Stops units; how many there were is remembered. */
    Proposal stop(App app, Scope scope) {
        return all(scope, "\n ---> Stopping " + what(app, scope, "the process") + "\n", Placement.Scale::stop);
    }

    /**
     * Puts units to sleep: they go, and how many there were is remembered.
     *
     * @param request what happens to requests meanwhile
     */
    Proposal sleep(App app, Scope scope, SleepRequest request) {
        String message = "\n ---> Putting " + what(app, scope, "the process") + " to sleep\n";
        List<Placement.Address> addresses =
                releases.desired(app).placement().isEmpty() ? List.of() : request.addresses(proxies);
        Proposal all = all(scope, message, Placement.Scale::sleep);
        return new Proposal(
                scope.data().with("proxy", request.proxy()).with("wake", request.wakes()),
                true,
                release -> {
                    if (addresses.isEmpty()
                            && !request.proxy().isEmpty()
                            && !release.placement().isEmpty()) {
                        throw Failure.conflict("the app was deployed meanwhile, try again");
                    }
                    Placement slept = all.change().apply(release).placement();
                    Placement how = slept.sleeping(new Placement.Sleep(request.wakes(), request.proxy(), addresses));
                    if (how.sleep() == null) {
                        throw new ReleaseChanges.Refused("nothing of it runs that could be put to sleep");
                    }
                    return release.with(how);
                },
                all.messages());
    }

    /** Replaces units by new ones. */
    Proposal restart(App app, Scope scope) {
        return all(
                scope,
                "---- Restarting " + what(app, scope, "process") + " ----\n",
                scale -> scale.renewed(releases.nextNumber(app.name())));
    }

    private static String what(App app, Scope scope, String process) {
        return scope.process().isEmpty() ? "the app \"" + app.name() + "\"" : process + " \"" + scope.process() + "\"";
    }

    private static Proposal all(Scope scope, String message, UnaryOperator<Placement.Scale> change) {
        return new Proposal(
                scope.data(),
                true,
                release -> {
                    Placement placement = release.placement();
                    if (placement.isEmpty()) {
                        throw new ReleaseChanges.Refused(NO_VERSIONS);
                    }
                    if (!scope.version().isEmpty()
                            && find(placement, scope.version()).isEmpty()) {
                        throw new ReleaseChanges.Refused("version not found: " + scope.version());
                    }
                    boolean known = scope.process().isEmpty()
                            || placement.versions().stream()
                                    .anyMatch(running -> running.processes().containsKey(scope.process()));
                    if (!known) {
                        throw new ReleaseChanges.Refused("process error: no command declared in Procfile for process \""
                                + scope.process() + "\"");
                    }
                    return release.with(placement.map(
                            (version, process) -> (scope.version().isEmpty()
                                            || scope.version().equals(Integer.toString(version)))
                                    && (scope.process().isEmpty()
                                            || scope.process().equals(process)),
                            change));
                },
                List.of(message));
    }
}
