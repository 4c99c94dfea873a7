package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Conditions;
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
import io.orizuru.files.OwnedFile;
import io.orizuru.git.Repositories;
import io.orizuru.git.Repository;
import io.orizuru.http.Body;
import io.orizuru.http.Call;
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
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Accepts deploys. What they then do is {@link DeployHandler}'s. */
@ApplicationScoped
class Deploys {
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:-]{0,127}");

    private final Apps apps;
    private final Releases releases;
    private final Versions versions;
    private final Platforms platforms;
    private final Pools pools;
    private final Engines engines;
    private final Archives archives;
    private final Repositories repositories;
    private final Rollbacks rollbacks;
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
            Repositories repositories,
            Rollbacks rollbacks,
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
        this.repositories = repositories;
        this.rollbacks = rollbacks;
        this.events = events;
        this.homes = homes;
        this.random = random;
    }

    /**
     * Accepts a deploy: of an archive once it is here or is known where to fetch it, of a repository's commit, or of an image
     * that a version of the app has. Answers the event's id.
     */
    String deploy(Call call, App app, DeployRequest<Source> request, Conditions conditions) {
        DeployFailPoints.UPLOADED.hit(app.name());
        String origin = request.checkedOrigin();
        requirePermission(call, app, request.source());
        return switch (request.source()) {
            case Source.Files files -> accept(call, app, request.of(files, origin), conditions, "");
            case Source.Image image -> rollbacks.rollBack(call, app, ofImage(app, request, image), conditions, false);
            case Source.Earlier _, Source.Newest _ ->
                throw new IllegalStateException(request.source() + " is deployed by an operation of its own");
        };
    }

    private DeployRequest<Source.EarlierVersion> ofImage(App app, DeployRequest<?> request, Source.Image image) {
        requireOwnImage(app, image.name());
        return request.of(new Source.EarlierVersion(image.name()), image.usualOrigin());
    }

    /** What the deploy of an image that a version of the app has would change. */
    Object preview(Call call, App app, DeployRequest<Source> request, Conditions conditions) {
        requirePermission(call, app, request.source());
        if (!(request.source() instanceof Source.Image image)) {
            throw dryBuild();
        }
        return rollbacks.previewRollBack(app, ofImage(app, request, image), conditions, false);
    }

    private static void refuseDry(Conditions conditions) {
        if (conditions.dry()) {
            throw dryBuild();
        }
    }

    private static Failure dryBuild() {
        return Failure.invalid("dry tells what the deploy of an image would change; what an archive or a repository"
                + " would, shows only when it is built");
    }

    /** Nothing that is placed here runs what others have built. */
    private void requireOwnImage(App app, String image) {
        if (!versions.isNamed(app.name(), image)) {
            throw Failure.invalid("the image \"" + image + "\" is no version of the app \"" + app.name()
                    + "\", and its pool \"" + app.pool() + "\" runs no other images: the engine \"" + provisioner(app)
                    + "\" runs what it has built from an archive or a repository");
        }
    }

    /** Accepts a build that is not deployed; answers the event's id. */
    String build(Call call, App app, Body body, Conditions conditions, String tag) {
        if (tag.isEmpty()) {
            throw Failure.invalid("you must specify the image tag.");
        }
        if (!TAG.matcher(tag).matches()) {
            throw Failure.invalid("the tag \"" + tag + "\" is none: " + TAG.pattern());
        }
        Source source = Source.of(body);
        if (!call.caller().may("app.build", app)) {
            throw Failure.forbidden("User does not have permission to do this action in this app");
        }
        if (!(source instanceof Source.Files files)) {
            throw Failure.invalid("an image is not built here: give the app's files, as an archive or a repository");
        }
        refuseDry(conditions);
        DeployRequest<Source.Files> request =
                new DeployRequest<>(files, files.usualOrigin(), body.text("message"), false, false);
        return accept(call, app, request, conditions, tag);
    }

    private String accept(Call call, App app, DeployRequest<Source.Files> request, Conditions conditions, String tag) {
        engines.require(provisioner(app));
        requireBuildable(app);
        if (homes.isElsewhere(app.subject().target())) {
            throw Failure.conflict("the app \"" + app.name()
                    + "\" runs on another machine, which needs the archive: deploy through a server of that one");
        }
        String archive = archiveName();
        Data data = Data.of("origin", request.origin()).with("message", request.message());
        Fetched fetched =
                switch (request.source()) {
                    case Source.Archive uploaded -> taken(app, uploaded.upload(), archive, data);
                    case Source.ArchiveUrl url -> {
                        Remote.checked(url.url());
                        data.with("archive-url", Remote.shown(url.url()));
                        yield new Fetched(url.url(), null);
                    }
                    case Source.Commit commit -> {
                        requireGit();
                        data.with("git-url", commit.repository().shown())
                                .with("git-ref", commit.repository().ref());
                        yield new Fetched("", commit.repository());
                    }
                };
        return keeping(
                archive,
                () -> events.accept(call, app.subject(), data, event -> {
                    Release current = releases.desired(apps.find(app.name()));
                    conditions.check(current);
                    Placing placing = tag.isEmpty() ? request.placing(current.placement()) : Placing.NOWHERE;
                    return new Accepted(
                            new Deploying(
                                    app.name(),
                                    archive,
                                    fetched.archiveUrl(),
                                    fetched.repository(),
                                    request.origin(),
                                    request.message(),
                                    current.number(),
                                    placing,
                                    tag),
                            List.of());
                }));
    }

    /** Where the handler finds what is not here yet. */
    private record Fetched(String archiveUrl, @Nullable Repository repository) {}

    private Fetched taken(App app, Upload upload, String archive, Data data) {
        archives.take(upload, archive);
        DeployFailPoints.ARCHIVE_TAKEN.hit(app.name());
        data.with("filesize", upload.size());
        return new Fetched("", null);
    }

    private void requireGit() {
        String refusal = repositories.refusal();
        if (refusal != null) {
            throw Failure.invalid(refusal);
        }
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

    /** Builds the archive of the newest version anew and deploys it; answers the event's id. */
    String rebuild(Call call, App app, DeployRequest<Source.Newest> request, Conditions conditions) {
        String origin = request.checkedOrigin();
        refuseDry(conditions);
        Data data = Data.of("origin", origin).with("message", request.message());
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
                    conditions.check(current);
                    return new Accepted(
                            new Deploying(
                                    app.name(),
                                    archive,
                                    "",
                                    null,
                                    origin,
                                    request.message(),
                                    current.number(),
                                    request.placing(current.placement()),
                                    ""),
                            List.of());
                }));
    }

    private String refused(Call call, App app, Data data, String why) {
        return events.accept(call, app.subject(), data, event -> new Accepted(new Refusal(why), List.of()));
    }

    private static void requirePermission(Call call, App app, Source source) {
        if (!call.caller().may(source.permission(), app)) {
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
