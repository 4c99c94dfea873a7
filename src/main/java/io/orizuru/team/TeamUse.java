package io.orizuru.team;

import java.util.List;

/** Another room that refers to teams. A team that is referred to is not removed. */
public interface TeamUse {
    /** What refers, for people: {@code Apps}. */
    String what();

    /** The names of all that refer to the team. */
    List<String> of(String team);
}
