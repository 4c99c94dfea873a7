package io.orizuru.user;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.RoleEvent;
import io.orizuru.role.Roles;
import io.orizuru.secret.Passwords;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Accounts: who there is, and whether a password is right. */
@ApplicationScoped
public class Users {
    private static final int SHORTEST_PASSWORD = 6;
    private static final int LONGEST_PASSWORD = 50;

    private final UserStore store;
    private final Passwords passwords;
    private final Events events;
    private final Roles roles;
    private final boolean registrationOpen;

    Users(UserStore store, Passwords passwords, Events events, Roles roles, Settings settings) {
        this.store = store;
        this.passwords = passwords;
        this.events = events;
        this.roles = roles;
        this.registrationOpen = settings.userRegistration();
    }

    /** Whether the password has an acceptable length, 6 to 50 characters. */
    public static boolean acceptable(String password) {
        return password.length() >= SHORTEST_PASSWORD && password.length() <= LONGEST_PASSWORD;
    }

    void create(Call call, String email, String password) {
        if (!registrationOpen && !call.caller().mayGlobally("user.create")) {
            throw Failure.unauthenticated("User registration is disabled for non-admin users.");
        }
        EmailAddress.checked(email);
        if (!acceptable(password)) {
            throw Failure.invalid("password length should be least 6 characters and at most 50 characters");
        }
        // Hashed before the transaction: it takes long on purpose.
        String hash = store.exists(email) ? "" : passwords.hash(password);
        events.perform(call, subject(email), Data.of("email", email), () -> {
            if (hash.isEmpty() || !store.insert(email, hash)) {
                throw Failure.conflict("this email is already registered");
            }
            roles.giveDefaults(RoleEvent.USER_CREATE, email, "");
        });
    }

    /** Makes the first user of a new server; nothing when there are users already. */
    public boolean createFirst(String email, String password) {
        return !store.any() && store.insert(email, passwords.hash(password));
    }

    void remove(Call call, String email) {
        boolean self =
                call.caller().type() == Caller.Type.USER && call.caller().name().equals(email);
        if (!self) {
            call.require("user.delete", List.of(Context.user(email)));
        }
        if (!store.exists(email)) {
            throw Failure.notFound("user not found");
        }
        events.perform(call, subject(email), Data.of("user", email), () -> {
            if (!store.delete(email)) {
                throw Failure.notFound("user not found");
            }
            roles.forget(Context.user(email));
        });
    }

    private static Subject subject(String email) {
        return Subject.of("user", email, Context.user(email));
    }

    /**
     * Whether the password is the user's.
     *
     * @throws Failure when there is no such user
     */
    public boolean verify(String email, String password) {
        String hash =
                store.passwordHash(EmailAddress.checked(email)).orElseThrow(() -> Failure.notFound("user not found"));
        return passwords.verify(password, hash);
    }

    /**
     * Refuses what is no address, and one that nobody has.
     *
     * @throws Failure invalid or not found
     */
    public void requireExisting(String email) {
        if (!store.exists(EmailAddress.checked(email))) {
            throw Failure.notFound("user not found");
        }
    }

    public boolean exists(String email) {
        return store.exists(email);
    }

    List<String> emails() {
        return store.emails();
    }
}
