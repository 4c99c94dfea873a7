package io.orizuru.deploy;

import io.orizuru.app.Placement;
import io.orizuru.failure.Failure;
import io.orizuru.git.Repository;
import io.orizuru.http.Body;
import io.orizuru.http.Upload;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a deploy comes with, whatever kind it is.
 *
 * @param archiveUrl where the archive is to be fetched from, or empty
 * @param repository where to fetch a commit from, or null
 * @param image a container image to run instead of an archive, or a version to go back to, or empty
 * @param dockerfile how to build a container image, which only engines of containers can; or empty
 * @param newVersion whether the new version comes beside those that run
 * @param overrideVersions whether it comes in place of all that run, however many they are
 */
record DeployRequest(
        @Nullable Upload archive,
        String archiveUrl,
        @Nullable Repository repository,
        String image,
        String dockerfile,
        String origin,
        String message,
        boolean newVersion,
        boolean overrideVersions) {
    private static final Set<String> ORIGINS =
            Set.of("app-deploy", "git", "rollback", "drag-and-drop", "image", "rebuild");

    static DeployRequest of(Body body) {
        return new DeployRequest(
                body.upload("file"),
                body.text("archive-url"),
                repository(body),
                body.text("image"),
                body.text("dockerfile"),
                body.text("origin"),
                body.text("message"),
                body.flag("new-version"),
                body.flag("override-versions"));
    }

    private static @Nullable Repository repository(Body body) {
        String url = body.text("git-url");
        if (!url.isEmpty()) {
            return Repository.of(url, body.text("git-ref"), body.text("git-user"), body.text("git-password"));
        }
        for (String name : List.of("git-ref", "git-user", "git-password")) {
            if (!body.text(name).isEmpty()) {
                throw Failure.invalid(name + " is given without git-url");
            }
        }
        return null;
    }

    /** Refuses what is not built here, a deploy of nothing, and one of a repository and something else. */
    void requireSource() {
        if (!dockerfile.isEmpty()) {
            throw Failure.invalid(
                    "a Dockerfile is not built here: deploy the app's files with a Procfile, for its platform");
        }
        boolean other = archive != null || !archiveUrl.isEmpty() || !image.isEmpty();
        if (repository == null && !other) {
            throw Failure.invalid("you must specify either the archive-url, a image url or upload a file.");
        }
        if (repository != null && other) {
            throw Failure.invalid("git-url stands alone: it excludes a file, archive-url and image");
        }
    }

    /** The same one, with another origin. */
    DeployRequest from(String otherOrigin) {
        return new DeployRequest(
                archive, archiveUrl, repository, image, dockerfile, otherOrigin, message, newVersion, overrideVersions);
    }

    /** Whether it is about an image and nothing that would have to be built. */
    boolean ofImage() {
        return archive == null && archiveUrl.isEmpty() && repository == null;
    }

    /** The permission that it takes. */
    String permission() {
        if (archive != null) {
            return "app.deploy.upload";
        }
        if (repository != null) {
            return "app.deploy.git";
        }
        return image.isEmpty() ? "app.deploy.archive-url" : "app.deploy.image";
    }

    /** Where it comes from, where that is not said. */
    String usualOrigin() {
        return repository == null ? "app-deploy" : "git";
    }

    /** The origin, or another one where none is given; refuses what is none of the API's. */
    String originOr(String otherwise) {
        String meant = origin.isEmpty() ? otherwise : origin;
        if (!ORIGINS.contains(meant)) {
            throw Failure.invalid("Invalid deployment origin");
        }
        return meant;
    }

    /** Where the version comes among those that run. */
    Placing placing(Placement current) {
        if (newVersion && overrideVersions) {
            throw Failure.invalid("new-version and override-versions exclude each other");
        }
        if (current.versions().size() > 1 && !newVersion && !overrideVersions) {
            throw Failure.invalid("multiple versions of the app run: say new-version or override-versions");
        }
        return newVersion ? Placing.BESIDE : Placing.REPLACING;
    }
}
