package io.orizuru.team;

import io.orizuru.http.PathConverter;
import jakarta.ws.rs.ext.Provider;

/** A team by its name in a path. */
@Provider
class TeamConverter extends PathConverter<Team> {
    TeamConverter(Teams teams) {
        super(Team.class, teams::require, Team::name);
    }
}
