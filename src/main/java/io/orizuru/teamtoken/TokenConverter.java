package io.orizuru.teamtoken;

import io.orizuru.http.PathConverter;
import jakarta.ws.rs.ext.Provider;

/** A team's token by its id in a path. */
@Provider
class TokenConverter extends PathConverter<TeamToken> {
    TokenConverter(TeamTokens tokens) {
        super(TeamToken.class, tokens::require, TeamToken::id);
    }
}
