package io.orizuru.team;

import io.orizuru.http.Call;
import java.util.Collection;

/** Another room that has something to show of a team. */
public interface TeamPart {
    /** Under which name it is shown: {@code apps}. */
    String name();

    /** What there is of the team that the caller may see. */
    Collection<?> of(Call call, Team team);
}
