package io.orizuru.teamtoken;

import io.orizuru.team.TeamUse;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** A team with tokens is not removed: they would be nobody's, and go on working. */
@ApplicationScoped
class TokensOfTeam implements TeamUse {
    private final TokenStore store;

    TokensOfTeam(TokenStore store) {
        this.store = store;
    }

    @Override
    public String what() {
        return "Team tokens";
    }

    @Override
    public List<String> of(String team) {
        return store.idsOfTeam(team);
    }
}
