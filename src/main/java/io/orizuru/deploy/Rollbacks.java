package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Conditions;
import io.orizuru.app.Placement;
import io.orizuru.app.Refusal;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.app.Version;
import io.orizuru.app.Versions;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Going back, to a version or to a whole release; and which versions may be gone back to. */
@ApplicationScoped
class Rollbacks {
    private final Apps apps;
    private final Releases releases;
    private final Versions versions;
    private final Events events;

    Rollbacks(Apps apps, Releases releases, Versions versions, Events events) {
        this.apps = apps;
        this.releases = releases;
        this.versions = versions;
        this.events = events;
    }

    /**
     * Goes back to a version that is there; answers the event's id. A version that is not there, or disabled, is told at the
     * end of the event, as clients know it.
     *
     * @param environment whether environment, plan and counts come back as well, as the newest healthy release of that
     *     version had them
     */
    String rollBack(
            Call call,
            App app,
            DeployRequest<Source.EarlierVersion> request,
            Conditions conditions,
            boolean environment) {
        Data data = Data.of("image", request.source().image())
                .with("origin", request.checkedOrigin())
                .with("message", request.message())
                .with("environment", environment);
        return events.accept(call, app.subject(), data, event -> {
            Release current = releases.desired(apps.find(app.name()));
            conditions.check(current);
            Version version;
            try {
                version = usable(app, request.source().image());
            } catch (Failure unusable) {
                return new Accepted(new Refusal(unusable.message()), List.of());
            }
            Release proposed = releases.propose(wanted(app, current, version, request, environment), event);
            return new Accepted(
                    new RollingBack(app.name(), version.number(), proposed.number(), current.number()),
                    List.of("---- Going back to version " + version.number() + " ----\n"));
        });
    }

    /** What going back to a version would do. */
    Object previewRollBack(
            App app, DeployRequest<Source.EarlierVersion> request, Conditions conditions, boolean environment) {
        request.checkedOrigin();
        Release current = releases.desired(app);
        conditions.check(current);
        return releases.preview(
                current, wanted(app, current, usable(app, request.source().image()), request, environment));
    }

    private Version usable(App app, String image) {
        Version version = versions.named(app.name(), image);
        if (version.disabled()) {
            throw Failure.invalid("the selected version is disabled for rollback: " + version.disabledReason());
        }
        return version;
    }

    private Release wanted(
            App app,
            Release current,
            Version version,
            DeployRequest<Source.EarlierVersion> request,
            boolean environment) {
        Optional<Release> source = environment ? Optional.of(lastHealthy(app, version)) : Optional.empty();
        int next = releases.nextNumber(app.name());
        Set<String> processes = version.processes().keySet();
        Placement counts = source.map(Release::placement).orElse(current.placement());
        Placement placement = request.placing(current.placement()) == Placing.BESIDE
                ? current.placement().with(version.number(), processes, next)
                : counts.replacedBy(version.number(), processes, next);
        return source.map(current::as).orElse(current).with(placement);
    }

    private Release lastHealthy(App app, Version version) {
        return releases.lastHealthyOf(app.name(), version.number())
                .orElseThrow(() -> Failure.invalid("version " + version.number()
                        + " never ran in health, so there is no environment to bring back"));
    }

    /**
     * Goes back to a release as a whole: version, environment, plan and counts; answers the event's id.
     *
     * @throws Failure when there is no such release, or its version is gone or disabled
     */
    String rollBackTo(Call call, App app, DeployRequest<Source.EarlierRelease> request, Conditions conditions) {
        int number = request.source().number();
        Release wanted = release(app, number);
        Data data = Data.of("release", number)
                .with("origin", request.checkedOrigin())
                .with("message", request.message());
        return events.accept(call, app.subject(), data, event -> {
            Release current = releases.desired(apps.find(app.name()));
            conditions.check(current);
            int version = requireBuilds(app, wanted);
            Release proposed = releases.propose(whole(app, current, wanted), event);
            return new Accepted(
                    new RollingBack(app.name(), version, proposed.number(), current.number()),
                    List.of("---- Going back to release " + number + " ----\n"));
        });
    }

    /** What going back to a whole release would do. */
    Object previewRollBackTo(App app, DeployRequest<Source.EarlierRelease> request, Conditions conditions) {
        request.checkedOrigin();
        Release wanted = release(app, request.source().number());
        Release current = releases.desired(app);
        conditions.check(current);
        requireBuilds(app, wanted);
        return releases.preview(current, whole(app, current, wanted));
    }

    private Release release(App app, int number) {
        return releases.find(app.name(), number)
                .orElseThrow(() -> Failure.notFound("the app " + app.name() + " has no release " + number));
    }

    private Release whole(App app, Release current, Release wanted) {
        return current.as(wanted).with(wanted.placement().renewed(releases.nextNumber(app.name())));
    }

    /** Refuses a release that runs nothing, or what is gone or disabled; answers its newest version. */
    private int requireBuilds(App app, Release wanted) {
        int newest = 0;
        for (Placement.Running running : wanted.placement().versions()) {
            String what = "the version " + running.version() + " of release " + wanted.number() + " is ";
            Version version = versions.find(app.name(), running.version())
                    .orElseThrow(() -> Failure.invalid(what + "not there any more"));
            if (version.disabled()) {
                throw Failure.invalid(what + "disabled for rollback: " + version.disabledReason());
            }
            newest = Math.max(newest, version.number());
        }
        if (newest == 0) {
            throw Failure.invalid("the release " + wanted.number() + " runs no version");
        }
        return newest;
    }

    /** Says whether a version may be gone back to. */
    void allowRollBack(Call call, App app, String image, String disable, String reason) {
        if (image.isEmpty()) {
            throw Failure.invalid("you must specify an image");
        }
        if (!disable.equals("true") && !disable.equals("false")) {
            throw Failure.invalid("Cannot set 'disable' status to: '" + disable + "', instead of 'true' or 'false'");
        }
        boolean disabled = disable.equals("true");
        if (disabled && reason.isEmpty()) {
            throw Failure.invalid("Reason cannot be empty while disabling a image rollback");
        }
        Data data = Data.of("image", image).with("disable", disable).with("reason", reason);
        events.perform(call, app.subject(), data, () -> {
            Version version = versions.named(app.name(), image);
            versions.disable(app.name(), version.number(), disabled, disabled ? reason : "");
        });
    }
}
