package io.orizuru.auth;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.Grant;
import io.orizuru.http.Authenticator;
import io.orizuru.role.Roles;
import io.orizuru.secret.Tokens;
import io.orizuru.teamtoken.TeamTokens;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the caller of a token: a session or API key of a user, a team's token, then the token of an app or an agent. Nothing is
 * remembered between two
 * requests, so what is revoked is revoked at once.
 */
@ApplicationScoped
class TokenAuthenticator implements Authenticator {
    private final CredentialStore store;
    private final Roles roles;
    private final TeamTokens teamTokens;
    private final Tokens tokens;

    TokenAuthenticator(CredentialStore store, Roles roles, TeamTokens teamTokens, Tokens tokens) {
        this.store = store;
        this.roles = roles;
        this.teamTokens = teamTokens;
        this.tokens = tokens;
    }

    @Override
    public Bearer authenticate(String token) {
        byte[] hash = tokens.hash(token);
        Optional<CredentialStore.Holder> user = store.user(hash);
        if (user.isPresent()) {
            return new Bearer(user(user.get().email()), user.get().mustChangePassword());
        }
        return teamTokens
                .authenticate(hash)
                .or(() -> store.app(hash).map(Caller::app))
                .or(() -> store.internal(hash).map(TokenAuthenticator::internal))
                .map(Bearer::of)
                .orElse(Bearer.NOBODY);
    }

    private Caller user(String email) {
        List<Grant> grants = new ArrayList<>(roles.permissionsOf(email));
        grants.add(new Grant("user", Context.user(email)));
        return new Caller(Caller.Type.USER, email, grants);
    }

    /** It holds no permission: the few operations that are for agents ask for its type. */
    private static Caller internal(String name) {
        return new Caller(Caller.Type.INTERNAL, name, List.of());
    }
}
