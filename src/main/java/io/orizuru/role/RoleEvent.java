package io.orizuru.role;

import io.orizuru.access.ContextType;

/** Something that happens and gives roles by itself: those that an operator made its defaults. */
public enum RoleEvent {
    /** A new user gets the role. */
    USER_CREATE("user-create", ContextType.GLOBAL),
    /** Whoever makes a team gets the role on that team. */
    TEAM_CREATE("team-create", ContextType.TEAM);

    private final String wireName;
    private final ContextType contextType;

    RoleEvent(String wireName, ContextType contextType) {
        this.wireName = wireName;
        this.contextType = contextType;
    }

    String wireName() {
        return wireName;
    }

    /** The type that its roles must have. */
    ContextType contextType() {
        return contextType;
    }
}
