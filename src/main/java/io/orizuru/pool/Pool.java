package io.orizuru.pool;

import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import io.orizuru.failure.Failure;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A pool.
 *
 * @param name a lower-case letter, then up to 39 lower-case letters, digits or dashes
 * @param provisioner the name of an engine; empty for the server's default
 * @param isDefault whether apps come here that name no pool
 */
public record Pool(String name, String provisioner, boolean isDefault, Map<String, String> labels) implements Scoped {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,39}");

    public Pool {
        labels = Map.copyOf(labels);
    }

    static String checkedName(String name) {
        if (name.isEmpty()) {
            throw Failure.invalid("Pool name is required.");
        }
        if (!NAME.matcher(name).matches()) {
            throw Failure.invalid(
                    "Invalid pool name, pool name should have at most 40 characters, containing only lower"
                            + " case letters, numbers or dashes, starting with a letter.");
        }
        return name;
    }

    @Override
    public List<Context> contexts() {
        return List.of(Context.pool(name));
    }
}
