package io.orizuru.auth;

import io.orizuru.db.Database;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;

/** The token that the platform gives to its own agents. No app can have their name. */
public final class InternalTokens {
    private static final String AGENTS = "tsr";
    private static final String CONTEXT = "internal-token/" + AGENTS;

    private final CredentialStore store;
    private final Tokens tokens;
    private final Vault vault;

    public InternalTokens(Database database, Tokens tokens, Vault vault) {
        this.store = new CredentialStore(database);
        this.tokens = tokens;
        this.vault = vault;
    }

    /** The agents' token, the same on every server; made when it is first asked for. Its bearer is an internal caller. */
    public String ofAgents() {
        if (store.internalToken(AGENTS).isEmpty()) {
            String token = tokens.create();
            store.insertInternalToken(AGENTS, tokens.hash(token), vault.encrypt(token, CONTEXT));
        }
        return vault.decrypt(store.internalToken(AGENTS).orElseThrow(), CONTEXT);
    }
}
