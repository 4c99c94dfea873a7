package io.orizuru.deploy;

import io.orizuru.app.Placement;
import io.orizuru.failure.Failure;
import io.orizuru.http.Body;
import java.util.Set;

/**
 * What a deploy comes with, whatever is deployed.
 *
 * @param source what is deployed
 * @param origin what people call the way it came by; empty for the usual name
 * @param newVersion whether the new version comes beside those that run
 * @param overrideVersions whether it comes in place of all that run, however many they are
 */
record DeployRequest<S extends Source>(
        S source, String origin, String message, boolean newVersion, boolean overrideVersions) {
    private static final Set<String> ORIGINS =
            Set.of("app-deploy", "git", "rollback", "drag-and-drop", "image", "rebuild");

    /**
     * Refuses an origin that is none of the API's: it is looked at before the source, as it is without one.
     *
     * @throws Failure invalid
     */
    static void requireOrigin(Body body) {
        String origin = body.text("origin");
        if (!origin.isEmpty()) {
            requireOrigin(origin);
        }
    }

    private static String requireOrigin(String origin) {
        if (!ORIGINS.contains(origin)) {
            throw Failure.invalid("Invalid deployment origin");
        }
        return origin;
    }

    static <S extends Source> DeployRequest<S> of(S source, Body body) {
        return new DeployRequest<>(
                source,
                body.text("origin"),
                body.text("message"),
                body.flag("new-version"),
                body.flag("override-versions"));
    }

    /** The same one, of another source that came by in a way of its own. */
    <T extends Source> DeployRequest<T> of(T other, String otherOrigin) {
        return new DeployRequest<>(other, otherOrigin, message, newVersion, overrideVersions);
    }

    /** The origin, the source's usual one where none is given; refuses what is none of the API's. */
    String checkedOrigin() {
        return requireOrigin(origin.isEmpty() ? source.usualOrigin() : origin);
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
