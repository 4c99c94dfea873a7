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
import io.orizuru.db.Database;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Homes;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.http.OwnedFile;
import io.orizuru.http.Upload;
import io.orizuru.platform.Platforms;
import io.orizuru.pool.Pools;
import io.orizuru.provision.Engine;
import io.orizuru.provision.Engines;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Accepts deploys. What they then do is {@link DeployHandler}'s. */
@ApplicationScoped
class Deploys {
    private static final Set<String> ORIGINS =
            Set.of("app-deploy", "git", "rollback", "drag-and-drop", "image", "rebuild");
    private static final String DEFAULT_ORIGIN = "app-deploy";
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:-]{0,127}");

    private final Apps apps;
    private final Releases releases;
    private final Versions versions;
    private final Platforms platforms;
    private final Pools pools;
    private final Engines engines;
    private final Archives archives;
    private final Events events;
    private final Homes homes;
    private final SecureRandom random;

    Deploys(
            Apps apps,
            Releases releases,
            Versions versions,
            Platforms platforms,
            Pools pools,
            Engines engines,
            Archives archives,
            Events events,
            Homes homes,
            SecureRandom random) {
        this.apps = apps;
        this.releases = releases;
        this.versions = versions;
        this.platforms = platforms;
        this.pools = pools;
        this.engines = engines;
        this.archives = archives;
        this.events = events;
        this.homes = homes;
        this.random = random;
    }

    /**
     * What a deploy comes with.
     *
     * @param archiveUrl where the archive is to be fetched from, or empty
     * @param image a container image to run instead of an archive, or empty
     * @param newVersion whether the new version comes beside those that run
     * @param overrideVersions whether it comes in place of all that run, however many they are
     */
    record Request(
            @Nullable Upload archive,
            String archiveUrl,
            String image,
            String origin,
            String message,
            boolean newVersion,
            boolean overrideVersions) {}

    /** Refuses an origin that is none of the API's. */
    private static String origin(String given) {
        if (!ORIGINS.contains(given)) {
            throw Failure.invalid("Invalid deployment origin");
        }
        return given;
    }

    /** Accepts the deploy of an archive, once it is here; answers the event's id. */
    String deploy(Call call, App app, Request request) {
        DeployFailPoints.UPLOADED.hit(app.name());
        String origin = origin(request.origin().isEmpty() ? DEFAULT_ORIGIN : request.origin());
        requireSource(request);
        requirePermission(call, app, request);
        return accept(call, app, request, origin, "");
    }

    /** Accepts a build that is not deployed; answers the event's id. */
    String build(Call call, App app, Request request, String tag) {
        if (tag.isEmpty()) {
            throw Failure.invalid("you must specify the image tag.");
        }
        if (!TAG.matcher(tag).matches()) {
            throw Failure.invalid("the tag \"" + tag + "\" is none: " + TAG.pattern());
        }
        requireSource(request);
        if (!call.caller().may("app.build", app)) {
            throw Failure.forbidden("User does not have permission to do this action in this app");
        }
        return accept(call, app, request, DEFAULT_ORIGIN, tag);
    }

    private static void requireSource(Request request) {
        if (request.archive() == null
                && request.archiveUrl().isEmpty()
                && request.image().isEmpty()) {
            throw Failure.invalid("you must specify either the archive-url, a image url or upload a file.");
        }
    }

    private String accept(Call call, App app, Request request, String origin, String tag) {
        engines.require(provisioner(app));
        Upload upload = request.archive();
        if (upload == null && request.archiveUrl().isEmpty()) {
            throw Failure.invalid("the provisioner \"" + provisioner(app)
                    + "\" runs no container images: send the app's files as an archive");
        }
        requireBuildable(app);
        if (homes.isElsewhere(app.subject().target())) {
            throw Failure.conflict("the app \"" + app.name()
                    + "\" runs on another machine, which needs the archive: deploy through a server of that one");
        }
        String archive = archiveName();
        Data data = Data.of("origin", origin).with("message", request.message());
        if (upload != null) {
            archives.take(upload, archive);
            DeployFailPoints.ARCHIVE_TAKEN.hit(app.name());
            data.with("filesize", upload.size());
        } else {
            Remote.checked(request.archiveUrl());
            data.with("archive-url", Remote.shown(request.archiveUrl()));
        }
        return keeping(
                archive,
                () -> events.accept(call, app.subject(), data, event -> {
                    Release current = releases.desired(apps.find(app.name()));
                    Placing placing = tag.isEmpty() ? placing(request, current.placement()) : Placing.NOWHERE;
                    return new Accepted(
                            new Deploying(
                                    app.name(),
                                    archive,
                                    upload == null ? request.archiveUrl() : "",
                                    origin,
                                    request.message(),
                                    current.number(),
                                    placing,
                                    tag),
                            List.of());
                }));
    }

    /** Whatever is not accepted leaves no archive behind. */
    private String keeping(String archive, Supplier<String> accept) {
        try {
            return accept.get();
        } catch (RuntimeException e) {
            // When the database went away it may have been accepted all the same.
            if (!Database.isAway(e)) {
                archives.delete(archive);
            }
            throw e;
        }
    }

    private static Placing placing(Request request, Placement current) {
        if (request.newVersion() && request.overrideVersions()) {
            throw Failure.invalid("new-version and override-versions exclude each other");
        }
        if (current.versions().size() > 1 && !request.newVersion() && !request.overrideVersions()) {
            throw Failure.invalid("multiple versions of the app run: say new-version or override-versions");
        }
        return request.newVersion() ? Placing.BESIDE : Placing.REPLACING;
    }

    /** Builds the archive of the newest version anew and deploys it; answers the event's id. */
    String rebuild(Call call, App app, Request request) {
        String origin = origin(request.origin());
        Data data = Data.of("origin", origin);
        Optional<Version> last = versions.of(app.name()).stream()
                .filter(version -> archives.exists(version.archive()))
                .findFirst();
        if (app.platform() == null) {
            return refused(call, app, data, "can't deploy app without platform, if it's not an image or rollback");
        }
        if (last.isEmpty()) {
            return refused(call, app, data, "there is no version that could be built again");
        }
        requireBuildable(app);
        String archive = archiveName();
        archives.share(last.get().archive(), archive);
        return keeping(
                archive,
                () -> events.accept(call, app.subject(), data, event -> {
                    Release current = releases.desired(apps.find(app.name()));
                    return new Accepted(
                            new Deploying(
                                    app.name(),
                                    archive,
                                    "",
                                    origin,
                                    "",
                                    current.number(),
                                    placing(request, current.placement()),
                                    ""),
                            List.of());
                }));
    }

    /**
     * Goes back to a version that is there; answers the event's id. A version that is not there, or disabled, is told at the
     * end of the event, as clients know it.
     *
     * @param environment whether environment, plan and counts come back as well, as the newest healthy release of that
     *     version had them
     */
    String rollBack(Call call, App app, Request request, Conditions conditions, boolean environment) {
        Data data = Data.of("image", request.image())
                .with("origin", rollbackOrigin(request))
                .with("message", request.message())
                .with("environment", environment);
        return events.accept(call, app.subject(), data, event -> {
            Release current = releases.desired(apps.find(app.name()));
            conditions.check(current);
            Version version;
            try {
                version = usable(app, request.image());
            } catch (Failure unusable) {
                return refusal(unusable.message());
            }
            Release proposed = releases.propose(wanted(app, current, version, request, environment), event);
            return new Accepted(
                    new RollingBack(app.name(), version.number(), proposed.number(), current.number()),
                    List.of("---- Going back to version " + version.number() + " ----\n"));
        });
    }

    private static String rollbackOrigin(Request request) {
        if (request.image().isEmpty()) {
            throw Failure.invalid("you cannot rollback without an image name");
        }
        return origin(request.origin().isEmpty() ? "rollback" : request.origin());
    }

    /** What going back to a version would do. */
    Object previewRollBack(App app, Request request, Conditions conditions, boolean environment) {
        rollbackOrigin(request);
        Release current = releases.desired(app);
        conditions.check(current);
        return releases.preview(current, wanted(app, current, usable(app, request.image()), request, environment));
    }

    private Version usable(App app, String image) {
        Version version = versions.named(app.name(), image);
        if (version.disabled()) {
            throw Failure.invalid("the selected version is disabled for rollback: " + version.disabledReason());
        }
        return version;
    }

    private Release wanted(App app, Release current, Version version, Request request, boolean environment) {
        Optional<Release> source =
                environment ? releases.lastHealthyOf(app.name(), version.number()) : Optional.empty();
        int next = releases.nextNumber(app.name());
        Set<String> processes = version.processes().keySet();
        Placement counts = source.map(Release::placement).orElse(current.placement());
        Placement placement = placing(request, current.placement()) == Placing.BESIDE
                ? current.placement().with(version.number(), processes, next)
                : counts.replacedBy(version.number(), processes, next);
        return source.map(current::as).orElse(current).with(placement);
    }

    /**
     * Goes back to a release as a whole: version, environment, plan and counts; answers the event's id.
     *
     * @throws Failure when there is no such release, or its version is gone or disabled
     */
    String rollBackTo(Call call, App app, int number, Request request, Conditions conditions) {
        Release wanted = release(app, number);
        Data data = Data.of("release", number).with("origin", "rollback").with("message", request.message());
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
    Object previewRollBackTo(App app, int number, Conditions conditions) {
        Release wanted = release(app, number);
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

    private String refused(Call call, App app, Data data, String why) {
        return events.accept(call, app.subject(), data, event -> refusal(why));
    }

    private static Accepted refusal(String why) {
        return new Accepted(new Refusal(why), List.of());
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

    /** Removes a version with its units; answers the event's id. */
    String removeVersion(Call call, App app, String name) {
        List<String> messages = List.of("\n ---> Deleting version " + name + " of app " + app.name() + "\n");
        return events.accept(call, app.subject(), Data.of("version", name), event -> {
            Version version;
            try {
                version = versions.named(app.name(), name);
            } catch (Failure unknown) {
                return new Accepted(new Refusal(unknown.message()), messages);
            }
            Release current = releases.desired(apps.find(app.name()));
            boolean runs = current.placement().version(version.number()).isPresent();
            if (runs && current.placement().versions().size() == 1) {
                return new Accepted(
                        new Refusal("version " + version.number() + " is the only one that runs: deploy another one, or"
                                + " stop the app's use of it first"),
                        messages);
            }
            int release = runs
                    ? releases.propose(current.with(current.placement().without(version.number())), event)
                            .number()
                    : current.number();
            return new Accepted(new VersionRemoval(app.name(), version.number(), release, current.number()), messages);
        });
    }

    private static void requirePermission(Call call, App app, Request request) {
        String permission = request.archive() != null
                ? "app.deploy.upload"
                : request.image().isEmpty() ? "app.deploy.archive-url" : "app.deploy.image";
        if (!call.caller().may(permission, app)) {
            throw Failure.forbidden("User does not have permission to do this action in this app");
        }
    }

    private String provisioner(App app) {
        return pools.provisionerOf(pools.find(app.pool()));
    }

    private void requireBuildable(App app) {
        String platform = app.platform();
        if (platform == null) {
            throw Failure.invalid("the app \"" + app.name() + "\" has no platform to build the archive for");
        }
        if (platforms.find(platform).isEmpty()) {
            throw Failure.invalid("Invalid platform");
        }
        Engine engine = engines.require(provisioner(app));
        String refusal = engine.refusal(platform);
        if (refusal != null) {
            throw Failure.invalid(refusal);
        }
    }

    private String archiveName() {
        byte[] bytes = new byte[12];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes) + OwnedFile.suffix();
    }
}
