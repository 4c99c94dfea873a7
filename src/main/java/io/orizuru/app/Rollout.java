package io.orizuru.app;

import io.orizuru.event.Run;
import io.orizuru.provision.Desired;
import io.orizuru.provision.Output;
import io.orizuru.provision.Reconciler;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.UnaryOperator;

/** Brings a release of an app into the world, or takes it out again. */
@ApplicationScoped
public class Rollout {
    private final Releases releases;
    private final DesiredStates desiredStates;
    private final Reconciler reconciler;
    private final VersionBuilds builds;

    Rollout(Releases releases, DesiredStates desiredStates, Reconciler reconciler, VersionBuilds builds) {
        this.builds = builds;
        this.releases = releases;
        this.desiredStates = desiredStates;
        this.reconciler = reconciler;
    }

    /** Makes the release so; it is the healthy one when the event ends. */
    public void forward(Run run, App app, int number) {
        Release release = releases.get(app.name(), number);
        AppFailPoints.BEFORE_ROLLOUT.hit(app.name());
        converge(run, app, release);
        AppFailPoints.AFTER_ROLLOUT.hit(app.name());
        run.atEnd(() -> releases.confirm(release));
    }

    private void converge(Run run, App app, Release release) {
        converge(run, app, release, desired -> desired);
    }

    private void converge(Run run, App app, Release release, UnaryOperator<Desired> adjust) {
        builds.provide(run, app, release);
        reconciler.converge(run, adjust.apply(desiredStates.of(app, release)), desiredStates.specs(app));
    }

    /** Puts a new unit in the place of one; what should run stays the same. */
    void replace(Run run, App app, int number, String unit) {
        reconciler.retire(run, unit);
        forward(run, app, number);
    }

    /** Ends one unit at once; a new one takes its place afterwards. */
    void endAndReplace(Run run, App app, int number, String unit) {
        Release release = releases.get(app.name(), number);
        reconciler.end(run, desiredStates.of(app, release), desiredStates.specs(app), unit);
        forward(run, app, number);
    }

    /** Takes a replacement back. */
    void keep(Run run, App app, int number, String unit, int generation) {
        reconciler.reinstate(run, unit, generation);
        converge(run, app, releases.get(app.name(), number));
    }

    /** Runs a command in a unit made for it alone; answers its exit code. */
    int aside(Run run, App app, int version, String command, Output output) {
        Release release = releases.desired(app);
        return reconciler.runAside(
                run, desiredStates.of(app, release), desiredStates.specs(app), version, command, output);
    }

    /**
     * Goes back from a release that did not become healthy.
     *
     * @param before the release that is wanted again; 0 for none
     */
    public void back(Run run, App app, int failed, int before, String why) {
        back(run, app, failed, before, why, desired -> desired);
    }

    /** As above, with what should be there changed by what is known besides the release. */
    void back(Run run, App app, int failed, int before, String why, UnaryOperator<Desired> adjust) {
        run.transact(() -> releases.withdraw(app.name(), failed, before, why));
        AppFailPoints.RELEASE_WITHDRAWN.hit(app.name());
        Release wanted = before == 0 ? Release.none(app) : releases.get(app.name(), before);
        converge(run, app, wanted, adjust);
        if (!wanted.placement().isEmpty()) {
            run.line(
                    wanted.placement().units() > 0
                            ? "\n---- What ran before still runs ----"
                            : "\n---- Nothing runs, as before ----");
        }
    }
}
