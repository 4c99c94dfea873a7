package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Accepts deploys. What they then do is {@link DeployHandler}'s. */
@ApplicationScoped
class Deploys {
    private static final Set<String> ORIGINS =
            Set.of("app-deploy", "git", "rollback", "drag-and-drop", "image", "rebuild");
    private static final String DEFAULT_ORIGIN = "app-deploy";

    private final Apps apps;
    private final Releases releases;
    private final Platforms platforms;
    private final Pools pools;
    private final Engines engines;
    private final Archives archives;
    private final Events events;
    private final SecureRandom random;

    Deploys(
            Apps apps,
            Releases releases,
            Platforms platforms,
            Pools pools,
            Engines engines,
            Archives archives,
            Events events,
            SecureRandom random) {
        this.apps = apps;
        this.releases = releases;
        this.platforms = platforms;
        this.pools = pools;
        this.engines = engines;
        this.archives = archives;
        this.events = events;
        this.random = random;
    }

    /**
     * What a deploy comes with.
     *
     * @param archiveUrl where the archive is to be fetched from, or empty
     * @param image a container image to run instead of an archive, or empty
     */
    record Request(@Nullable Upload archive, String archiveUrl, String image, String origin, String message) {}

    /** Refuses an origin that is none of the API's. */
    private static String origin(String given) {
        if (given.isEmpty()) {
            return DEFAULT_ORIGIN;
        }
        if (!ORIGINS.contains(given)) {
            throw Failure.invalid("Invalid deployment origin");
        }
        return given;
    }

    /** Accepts the deploy of an archive; answers the event's id. */
    String deploy(Call call, App app, Request request) {
        DeployFailPoints.UPLOADED.hit(app.name());
        String origin = origin(request.origin());
        Upload upload = request.archive();
        if (upload == null && request.archiveUrl().isEmpty() && request.image().isEmpty()) {
            throw Failure.invalid("you must specify either the archive-url, a image url or upload a file.");
        }
        requirePermission(call, app, request);
        engines.require(provisioner(app));
        if (upload == null) {
            throw Failure.invalid("the provisioner \"" + provisioner(app)
                    + "\" builds uploaded archives only: send the app as the file \"file\"");
        }
        requireBuildable(app);
        String archive = archiveName();
        archives.take(upload.path(), archive);
        DeployFailPoints.ARCHIVE_TAKEN.hit(app.name());
        Data data = Data.of("origin", origin).with("message", request.message()).with("filesize", upload.size());
        try {
            return events.accept(call, app.subject(), data, event -> {
                Release current = releases.desired(apps.find(app.name()));
                Deploying change = new Deploying(app.name(), archive, origin, request.message(), current.number());
                return new Accepted(change, List.of());
            });
        } catch (RuntimeException e) {
            archives.delete(archive);
            throw e;
        }
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
