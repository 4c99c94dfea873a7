package io.orizuru.app;

import io.orizuru.failure.Failure;
import java.util.regex.Pattern;

/** Names of apps: a lower-case letter, then up to 39 lower-case letters, digits or dashes. */
final class AppName {
    private static final Pattern FORMAT = Pattern.compile("[a-z][a-z0-9-]{0,39}");
    /** The name of the internal token's app in the reference. */
    private static final String RESERVED = "tsr";

    private AppName() {}

    /** Whether an app can be called so. */
    static boolean isOne(String name) {
        return FORMAT.matcher(name).matches();
    }

    static String checked(String name) {
        if (!FORMAT.matcher(name).matches() || name.equals(RESERVED)) {
            throw Failure.invalid("Invalid app name, your app should have at most 40 characters, containing only lower"
                    + " case letters, numbers or dashes, starting with a letter.");
        }
        return name;
    }
}
