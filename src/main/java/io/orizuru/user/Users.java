package io.orizuru.user;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.role.Administrators;
import io.orizuru.role.RoleEvent;
import io.orizuru.role.Roles;
import io.orizuru.secret.Passwords;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Accounts: who there is, and whether a password is right. */
@ApplicationScoped
public class Users {
    private static final int SHORTEST_PASSWORD = 6;
    private static final int LONGEST_PASSWORD = 50;

    private final UserStore store;
    private final Passwords passwords;
    private final Events events;
    private final Roles roles;
    private final Administrators administrators;
    private final boolean registrationOpen;
    private final boolean hideUnknown;
    private final int appsPerUser;
    private @Nullable String nobodysHash;

    Users(
            UserStore store,
            Passwords passwords,
            Events events,
            Roles roles,
            Administrators administrators,
            Settings settings) {
        this.store = store;
        this.passwords = passwords;
        this.events = events;
        this.roles = roles;
        this.administrators = administrators;
        this.registrationOpen = settings.userRegistration();
        this.hideUnknown = settings.auth().hideUnknownUsers();
        this.appsPerUser = settings.quotas().appsPerUser();
    }

    /** Whether the password has an acceptable length, 6 to 50 characters. */
    public static boolean acceptable(String password) {
        return password.length() >= SHORTEST_PASSWORD && password.length() <= LONGEST_PASSWORD;
    }

    /**
     * Refuses a password of another length.
     *
     * @throws Failure invalid
     */
    public static void requireAcceptable(String password) {
        if (!acceptable(password)) {
            throw Failure.invalid("password length should be least 6 characters and at most 50 characters");
        }
    }

    void create(Call call, String email, String password) {
        if (!registrationOpen && !call.caller().mayGlobally("user.create")) {
            throw Failure.unauthenticated("User registration is disabled for non-admin users.");
        }
        EmailAddress.checked(email);
        requireAcceptable(password);
        // Hashed before the transaction: it takes long on purpose.
        String hash = store.exists(email) ? "" : passwords.hash(password);
        events.perform(call, subject(email), Data.of("email", email), () -> {
            if (hash.isEmpty() || !store.insert(email, hash, appsPerUser)) {
                throw Failure.conflict("this email is already registered");
            }
            roles.giveDefaults(RoleEvent.USER_CREATE, email, "");
        });
    }

    /** Makes the first user of a new server; nothing when there are users already. */
    public boolean createFirst(String email, String password) {
        return !store.any() && store.insert(email, passwords.hash(password), Settings.Quotas.UNLIMITED.appsPerUser());
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
            administrators.keeping(() -> {
                if (!store.delete(email)) {
                    throw Failure.notFound("user not found");
                }
                roles.forget(Context.user(email));
            });
        });
    }

    private static Subject subject(String email) {
        return Subject.of("user", email, Context.user(email));
    }

    /** The stored hash of the user's password if it is this one. Takes as long when there is no such user. */
    public Optional<String> matching(String email, String password) {
        Optional<String> hash = store.passwordHash(email);
        boolean right = passwords.verify(password, hash.orElseGet(this::nobodysHash));
        return right ? hash : Optional.empty();
    }

    /** So that not even the first unknown user is answered later than a known one. */
    void start(@Observes @Priority(100) StartupEvent event) {
        if (hideUnknown) {
            nobodysHash();
        }
    }

    /** Of a password that nobody knows, made like all others. */
    private synchronized String nobodysHash() {
        if (nobodysHash == null) {
            nobodysHash = passwords.hash(UUID.randomUUID().toString());
        }
        return nobodysHash;
    }

    /** What is to be stored of a new password. Takes long on purpose: not to be called in a transaction. */
    public String hash(String password) {
        return passwords.hash(password);
    }

    /** Stores another password's hash in place of the known one; false if that is not the stored one any more. */
    public boolean changePassword(String email, String known, String hash) {
        return store.replacePassword(email, known, hash);
    }

    /** Stores another password's hash. */
    public void setPassword(String email, String hash, boolean mustChange) {
        store.setPassword(email, hash, mustChange);
    }

    /** Keeps an account as it is until the transaction ends; false if it is not there or its password changed. */
    public boolean lockWith(String email, String knownHash) {
        return store.lockWith(email, knownHash);
    }

    /**
     * Refuses what is no address.
     *
     * @throws Failure invalid
     */
    public static String checkedAddress(String email) {
        return EmailAddress.checked(email);
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
