package io.orizuru.auth;

import io.orizuru.access.Context;
import io.orizuru.db.Database;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;
import io.orizuru.user.Users;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/** Sessions and API keys of users. */
@ApplicationScoped
class Sessions {
    private static final Duration LIFE = Duration.ofDays(7);

    private final CredentialStore store;
    private final Users users;
    private final Tokens tokens;
    private final Vault vault;
    private final Events events;
    private final Database database;

    Sessions(CredentialStore store, Users users, Tokens tokens, Vault vault, Events events, Database database) {
        this.store = store;
        this.users = users;
        this.tokens = tokens;
        this.vault = vault;
        this.events = events;
        this.database = database;
    }

    /** Begins a session; answers its token, which nobody can read again. */
    String logIn(String email, String password) {
        if (password.isEmpty()) {
            throw Failure.invalid("you must provide a password to login");
        }
        users.requireExisting(email);
        if (!Users.acceptable(password)) {
            throw Failure.invalid("Password length should be least 6 characters and at most 50 characters.");
        }
        if (!users.verify(email, password)) {
            throw Failure.unauthenticated("Authentication failed, wrong password.");
        }
        String token = tokens.create();
        database.transact(() -> {
            store.deleteExpiredSessions(email);
            store.insertSession(tokens.hash(token), email, LIFE);
        });
        return token;
    }

    /** Begins a short session without a password, for this very program to use the API as somebody. */
    String open(String email, Duration life) {
        String token = tokens.create();
        store.insertSession(tokens.hash(token), email, life);
        return token;
    }

    /** Ends the session of a token; an API key is no session and stays. */
    void logOut(String token) {
        store.deleteSession(tokens.hash(token));
    }

    /** A user's API key; made when it is first asked for. */
    String apiKey(Call call, String email) {
        requireOver(call, email);
        if (store.apiKey(email).isEmpty()) {
            String key = tokens.create();
            store.insertApiKey(email, tokens.hash(key), vault.encrypt(key, context(email)));
        }
        return vault.decrypt(store.apiKey(email).orElseThrow(), context(email));
    }

    /** Makes a new API key; the old one is nothing from then on. */
    String regenerateApiKey(Call call, String email) {
        requireOver(call, email);
        String key = tokens.create();
        Subject subject = Subject.of("user", email, Context.user(email));
        events.perform(
                call,
                subject,
                Data.of("user", email),
                () -> store.replaceApiKey(email, tokens.hash(key), vault.encrypt(key, context(email))));
        return key;
    }

    private void requireOver(Call call, String email) {
        call.require("user.update.token", List.of(Context.user(email)));
        if (!users.exists(email)) {
            throw Failure.notFound("user not found");
        }
    }

    private static String context(String email) {
        return "api-key/" + email;
    }
}
