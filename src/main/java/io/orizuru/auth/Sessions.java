package io.orizuru.auth;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.Roles;
import io.orizuru.secret.Tokens;
import io.orizuru.secret.Vault;
import io.orizuru.user.Users;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/** Sessions and API keys of users. */
@ApplicationScoped
class Sessions {
    private final CredentialStore store;
    private final Users users;
    private final Roles roles;
    private final Tokens tokens;
    private final Vault vault;
    private final Events events;
    private final Database database;
    private final Guarding guarding;
    private final Settings.Auth settings;

    Sessions(
            CredentialStore store,
            Users users,
            Roles roles,
            Tokens tokens,
            Vault vault,
            Events events,
            Database database,
            Guarding guarding,
            Settings settings) {
        this.store = store;
        this.users = users;
        this.roles = roles;
        this.tokens = tokens;
        this.vault = vault;
        this.events = events;
        this.database = database;
        this.guarding = guarding;
        this.settings = settings.auth();
    }

    /** Begins a session; answers its token, which nobody can read again. */
    String logIn(Call call, String email, String password) {
        if (password.isEmpty()) {
            throw Failure.invalid("you must provide a password to login");
        }
        if (settings.hideUnknownUsers()) {
            Users.checkedAddress(email);
        } else {
            users.requireExisting(email);
        }
        if (!Users.acceptable(password)) {
            throw Failure.invalid("Password length should be least 6 characters and at most 50 characters.");
        }
        guarding.begin(call, email);
        String known = users.matching(email, password)
                .orElseThrow(() -> Failure.unauthenticated("Authentication failed, wrong password."));
        guarding.succeeded(call, email);
        String token = tokens.create();
        database.transact(() -> {
            // A session must not begin with a password that was changed meanwhile; and two log-ins at once count each
            // other.
            if (!users.lockWith(email, known)) {
                throw Failure.unauthenticated("Authentication failed, wrong password.");
            }
            store.insertSession(tokens.hash(token), email, settings.sessionLife());
            store.trimSessions(email, settings.sessionsPerUser());
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

    /** By a key one acts as its user, so nobody gets another's who could not do the same without it. */
    private void requireOver(Call call, String email) {
        call.require("user.update.token", List.of(Context.user(email)));
        if (!users.exists(email)) {
            throw Failure.notFound("user not found");
        }
        Caller caller = call.caller();
        boolean own = caller.type() == Caller.Type.USER && caller.name().equals(email);
        if (!own && !caller.holdsAll(roles.permissionsOf(email))) {
            throw Failure.forbidden("You don't have permission to do this action: the key of " + email
                    + " lets its holder do all that " + email + " may, and you do not hold all of that yourself");
        }
    }

    private static String context(String email) {
        return "api-key/" + email;
    }
}
