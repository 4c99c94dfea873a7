package io.orizuru.auth;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.secret.Tokens;
import io.orizuru.user.Users;
import jakarta.enterprise.context.ApplicationScoped;

/** Changing one's password by telling the old one. */
@ApplicationScoped
class PasswordChanges {
    private static final String WRONG = "the given password didn't match the user's current password";

    private final Users users;
    private final CredentialStore store;
    private final Tokens tokens;
    private final Events events;

    PasswordChanges(Users users, CredentialStore store, Tokens tokens, Events events) {
        this.users = users;
        this.store = store;
        this.tokens = tokens;
        this.events = events;
    }

    /**
     * Changes the caller's password and ends its other sessions.
     *
     * @param credential the one of this request, which stays
     */
    void change(Call call, String credential, String old, String chosen, String confirmed) {
        Caller caller = call.caller();
        if (caller.type() != Caller.Type.USER) {
            throw Failure.invalid("invalid email");
        }
        if (old.isEmpty() || chosen.isEmpty()) {
            throw Failure.invalid("Both the old and the new passwords are required.");
        }
        if (!chosen.equals(confirmed)) {
            throw Failure.invalid("New password and password confirmation didn't match.");
        }
        String email = caller.name();
        // Looked at and hashed before the transaction: both take long on purpose.
        String known = users.matching(email, old).orElseThrow(() -> Failure.forbidden(WRONG));
        Users.requireAcceptable(chosen);
        if (chosen.equals(old)) {
            throw Failure.invalid("the new password must be another one than the old");
        }
        String hash = users.hash(chosen);
        events.perform(call, Subject.of("user", email, Context.user(email)), Data.none(), () -> {
            if (!users.changePassword(email, known, hash)) {
                throw Failure.forbidden(WRONG);
            }
            store.deleteSessions(email, tokens.hash(credential));
            store.deleteResetTokens(email);
        });
    }
}
