package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.http.Body;
import org.jspecify.annotations.Nullable;

/**
 * Under what conditions a change is made.
 *
 * @param dry whether it is not made at all, and only what it would do is told
 * @param ifRelease the number that the app's release must have; null for any
 */
public record Conditions(boolean dry, @Nullable Integer ifRelease) {
    /** @throws Failure when {@code if-release} is no number */
    public static Conditions of(Body body) {
        return new Conditions(body.flag("dry"), number(body.text("if-release")));
    }

    private static @Nullable Integer number(String text) {
        if (text.isEmpty()) {
            return null;
        }
        try {
            return Integer.valueOf(text);
        } catch (NumberFormatException e) {
            throw Failure.invalid("if-release is \"" + text + "\", which is no number of a release");
        }
    }

    /** @throws Failure when the app has another release by now */
    public void check(Release current) {
        if (ifRelease != null && ifRelease != current.number()) {
            throw Failure.conflict("the app \"" + current.app() + "\" has release " + current.number() + " by now, not "
                    + ifRelease + ": look at what it is, and try again");
        }
    }
}
