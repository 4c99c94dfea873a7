package io.orizuru.team;

import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import io.orizuru.failure.Failure;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A team.
 *
 * @param name starts with a lower-case letter, then lower-case letters, digits, dashes, underscores and {@code @}
 * @param tags what its people call it, too
 */
public record Team(String name, List<String> tags) implements Scoped {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-_@]{1,61}[a-z0-9]");

    public Team {
        tags = List.copyOf(tags);
    }

    static String checkedName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw Failure.invalid("Invalid team name, team names should start with a letter and"
                    + "contain only lower case letters, numbers, dashes, underscore and @.");
        }
        return name;
    }

    @Override
    public List<Context> contexts() {
        return List.of(Context.team(name));
    }
}
