package io.orizuru.user;

import io.orizuru.failure.Failure;
import java.util.regex.Pattern;

/** The name of a user. */
final class EmailAddress {
    private static final Pattern FORMAT = Pattern.compile("[^\\s@,;<>\"]{1,64}@[^\\s@,;<>\"]{1,190}");

    /** Under which team tokens act: nobody may be called like one. */
    private static final String TEAM_TOKENS = "@tsuru-team-token";

    private EmailAddress() {}

    static String checked(String text) {
        if (!FORMAT.matcher(text).matches() || text.endsWith(TEAM_TOKENS)) {
            throw Failure.invalid("invalid email");
        }
        return text;
    }
}
