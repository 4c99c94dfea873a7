package io.orizuru.deploy;

import io.orizuru.app.Placement;
import io.orizuru.failure.Failure;
import io.orizuru.http.Body;
import io.orizuru.http.Upload;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a deploy comes with, whatever kind it is.
 *
 * @param archiveUrl where the archive is to be fetched from, or empty
 * @param image a container image to run instead of an archive, or a version to go back to, or empty
 * @param newVersion whether the new version comes beside those that run
 * @param overrideVersions whether it comes in place of all that run, however many they are
 */
record DeployRequest(
        @Nullable Upload archive,
        String archiveUrl,
        String image,
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
                body.text("image"),
                body.text("origin"),
                body.text("message"),
                body.flag("new-version"),
                body.flag("override-versions"));
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
