package io.orizuru.access;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who asks.
 *
 * @param type what kind of caller it is
 * @param name an e-mail address, the app's name, or what a team token acts as
 * @param grants what it holds; a user always holds {@code user} on itself
 */
public record Caller(Type type, String name, List<Grant> grants) {
    /** Names as events write them. */
    public enum Type {
        ANONYMOUS,
        USER,
        /** A team's token. */
        TOKEN,
        APP,
        INTERNAL
    }

    public static final Caller ANONYMOUS = new Caller(Type.ANONYMOUS, "", List.of());

    /** What the names of team tokens end in; no user's does. */
    private static final String TOKEN_SUFFIX = "@tsuru-team-token";

    /** What an app may do to itself with its token. */
    private static final List<String> OF_APPS =
            List.of("app.update.log", "app.update.unit.register", "app.update.unit.status", "app.read.env");

    public Caller {
        grants = List.copyOf(grants);
    }

    /** A team's token. */
    public static Caller token(String id, List<Grant> grants) {
        return new Caller(Type.TOKEN, id + TOKEN_SUFFIX, grants);
    }

    /** An app, by its token. */
    public static Caller app(String name) {
        Context itself = Context.app(name);
        return new Caller(
                Type.APP,
                name,
                OF_APPS.stream()
                        .map(permission -> new Grant(permission, itself))
                        .toList());
    }

    /** Whether it may all that an app's token lets its bearer do. */
    public boolean mayAllOfToken(Scoped app) {
        return OF_APPS.stream().allMatch(permission -> may(permission, app));
    }

    /** The id of a team's token. */
    public String tokenId() {
        if (type != Type.TOKEN) {
            throw new IllegalStateException(name + " is no team token");
        }
        return name.substring(0, name.length() - TOKEN_SUFFIX.length());
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

    /**
     * Whether it holds all of this itself, each permission where it is granted: it gains nothing then by what lets it act as
     * their holder, such as that one's key.
     */
    public boolean holdsAll(Collection<Grant> given) {
        return given.stream().allMatch(grant -> may(grant.permission(), List.of(grant.context())));
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
