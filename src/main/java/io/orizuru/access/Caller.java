package io.orizuru.access;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who asks.
 *
 * @param type what kind of caller it is
 * @param name an e-mail address, or the app's name
 * @param grants what it holds; a user always holds {@code user} on itself
 */
public record Caller(Type type, String name, List<Grant> grants) {
    /** Names as events write them. */
    public enum Type {
        ANONYMOUS,
        USER,
        APP,
        INTERNAL
    }

    public static final Caller ANONYMOUS = new Caller(Type.ANONYMOUS, "", List.of());

    public Caller {
        grants = List.copyOf(grants);
    }

    public boolean isAnonymous() {
        return type == Type.ANONYMOUS;
    }

    /** Whether it holds the permission globally or in one of the contexts. */
    public boolean may(String permission, Collection<Context> contexts) {
        for (Grant grant : grants) {
            boolean here = grant.context().type() == ContextType.GLOBAL || contexts.contains(grant.context());
            if (here && grant.covers(permission)) {
                return true;
            }
        }
        return false;
    }

    public boolean may(String permission, Scoped on) {
        return may(permission, on.contexts());
    }

    public boolean mayGlobally(String permission) {
        return may(permission, List.of());
    }

    /** Whether it holds the permission anywhere at all. */
    public boolean maySomewhere(String permission) {
        return grants.stream().anyMatch(grant -> grant.covers(permission));
    }

    /** All contexts in which it holds the permission; {@link Context#GLOBAL} among them means everywhere. */
    public Set<Context> contextsOf(String permission) {
        Set<Context> found = new HashSet<>();
        for (Grant grant : grants) {
            if (grant.covers(permission)) {
                found.add(grant.context());
            }
        }
        return found;
    }
}
