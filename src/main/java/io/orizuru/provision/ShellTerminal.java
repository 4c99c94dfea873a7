package io.orizuru.provision;

import io.orizuru.failure.Failure;
import java.util.regex.Pattern;

/**
 * The terminal that somebody sits at.
 *
 * @param type as {@code TERM} names it
 * @param columns of its window
 * @param rows of its window
 */
public record ShellTerminal(String type, int columns, int rows) {
    private static final Pattern TYPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9+._-]{0,63}");
    private static final int MOST = 1000;

    /** @throws Failure when there is no such terminal */
    public ShellTerminal {
        if (!TYPE.matcher(type).matches()) {
            throw Failure.invalid("the terminal \"" + (type.length() > 80 ? type.substring(0, 80) + "…" : type)
                    + "\" is none: up to 64 letters, digits and +._- are allowed, the first one a letter or digit");
        }
        requireSize("width", columns);
        requireSize("height", rows);
    }

    private static void requireSize(String what, int value) {
        if (value < 1 || value > MOST) {
            throw Failure.invalid("the " + what + " " + value + " is none that a terminal has: 1 to " + MOST);
        }
    }
}
