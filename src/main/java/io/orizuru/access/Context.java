package io.orizuru.access;

import java.util.Collection;
import java.util.List;

/**
 * One thing that a permission can be bounded to.
 *
 * @param type its type
 * @param value its name; empty for {@link ContextType#GLOBAL}
 */
public record Context(ContextType type, String value) {
    public static final Context GLOBAL = new Context(ContextType.GLOBAL, "");

    public static Context app(String name) {
        return new Context(ContextType.APP, name);
    }

    public static Context team(String name) {
        return new Context(ContextType.TEAM, name);
    }

    public static Context pool(String name) {
        return new Context(ContextType.POOL, name);
    }

    public static Context user(String email) {
        return new Context(ContextType.USER, email);
    }

    public static List<Context> teams(Collection<String> names) {
        return names.stream().map(Context::team).toList();
    }
}
