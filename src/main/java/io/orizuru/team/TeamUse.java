package io.orizuru.team;

import java.util.List;

/** Another room that refers to teams. A team that is referred to is not removed, or the reference goes with it. */
public interface TeamUse {
    /** What refers, for people: {@code Apps}. */
    String what();

    /** The names of all that refer to the team, and keep it from being removed. */
    List<String> of(String team);

    /** Moves what the database does not move by itself to a team's new name. Part of the transaction that renames it. */
    default void renamed(String oldName, String newName) {}

    /** Forgets a team. Part of the transaction that removes it. */
    default void removed(String team) {}
}
