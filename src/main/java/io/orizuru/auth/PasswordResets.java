package io.orizuru.auth;

import io.orizuru.access.Context;
import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.mail.Mailbox;
import io.orizuru.mail.Message;
import io.orizuru.secret.Tokens;
import io.orizuru.user.Users;
import io.quarkus.arc.Arc;
import io.quarkus.arc.ManagedContext;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;

/** Setting a forgotten password anew, with a one-time token that only the account's owner can read. */
@ApplicationScoped
class PasswordResets {
    private static final Logger LOG = Logger.getLogger(PasswordResets.class);
    private static final Duration TOKEN_LIFE = Duration.ofHours(1);
    private static final Duration PASSWORD_LIFE = Duration.ofDays(2);

    /** Anybody can ask for somebody's mail, so there are not many. */
    private static final int MOST_IN_AN_HOUR = 5;

    /** As many characters as a password may have. */
    private static final int MAILED_PASSWORD_LENGTH = 32;

    private final Users users;
    private final CredentialStore store;
    private final Tokens tokens;
    private final Events events;
    private final Mailbox mailbox;
    private final boolean hideUnknownUsers;
    private final Semaphore hidden = new Semaphore(8);

    PasswordResets(
            Users users, CredentialStore store, Tokens tokens, Events events, Mailbox mailbox, Settings settings) {
        this.users = users;
        this.store = store;
        this.tokens = tokens;
        this.events = events;
        this.mailbox = mailbox;
        this.hideUnknownUsers = settings.auth().hideUnknownUsers();
    }

    /** Mails a token. Beyond five within an hour, nothing more is sent, and nothing is said of it. */
    void begin(Call call, String email) {
        if (hideUnknownUsers) {
            beginUnseen(call, Users.checkedAddress(email));
            return;
        }
        users.requireExisting(email);
        mailToken(call, email);
    }

    /** The answer must neither tell nor take longer when there is such a user, so it does not wait. */
    private void beginUnseen(Call call, String email) {
        if (!hidden.tryAcquire()) {
            throw Failure.unavailable("too many passwords are being reset at the moment, try again in a moment");
        }
        Thread.ofVirtual().name("reset-password").start(() -> {
            // Not the caller's request any more, but changes look for one.
            ManagedContext request = Arc.container().requestContext();
            request.activate();
            try {
                if (users.exists(email)) {
                    mailToken(call, email);
                }
            } catch (Failure e) {
                LOG.debugf("a password is not reset: %s", e.message());
            } catch (RuntimeException e) {
                LOG.warnf(e, "a password could not be reset");
            } finally {
                request.terminate();
                hidden.release();
            }
        });
    }

    private void mailToken(Call call, String email) {
        String token = tokens.create();
        events.perform(call, subject(email), Data.of("email", email), () -> {
            if (store.recentResetTokens(email) >= MOST_IN_AN_HOUR) {
                return;
            }
            store.insertResetToken(tokens.hash(token), email, TOKEN_LIFE);
            mailbox.post(new Message(email, "Your password", """
                            Somebody, probably you, asked to set a new password for your account %s.

                            This token does it, once, within an hour:

                                %s

                            With the command line: tsuru reset-password %s -t TOKEN
                            It sends you a new password, which you change after you logged in.

                            If you did not ask for it, do nothing: your password is still the same.
                            """.formatted(email, token, email)), TOKEN_LIFE);
        });
        mailbox.flush();
    }

    /**
     * Uses a token up: sets {@code chosen}, or mails a random password that must be changed when it is empty. All sessions of
     * the user end.
     */
    void finish(Call call, String email, String token, String chosen) {
        if (!hideUnknownUsers) {
            users.requireExisting(email);
        }
        byte[] hash = tokens.hash(token);
        if (!store.isResetToken(hash, Users.checkedAddress(email))) {
            throw invalidToken();
        }
        boolean mailed = chosen.isEmpty();
        if (!mailed) {
            Users.requireAcceptable(chosen);
        }
        String password = mailed ? tokens.create().substring(0, MAILED_PASSWORD_LENGTH) : chosen;
        String passwordHash = users.hash(password);
        events.perform(call, subject(email), Data.of("email", email), () -> {
            if (!store.takeResetToken(hash, email)) {
                throw invalidToken();
            }
            users.setPassword(email, passwordHash, mailed);
            store.deleteSessions(email, new byte[0]);
            store.deleteResetTokens(email);
            if (mailed) {
                mailbox.post(newPassword(email, password), PASSWORD_LIFE);
            }
        });
        mailbox.flush();
    }

    private static Message newPassword(String email, String password) {
        return new Message(email, "Your new password", """
                This is the new password of your account %s:

                    %s

                After you logged in, the first thing to do is to change it: tsuru change-password
                """.formatted(email, password));
    }

    private static Failure invalidToken() {
        return Failure.invalid("Invalid token");
    }

    private static Subject subject(String email) {
        return Subject.of("user", email, Context.user(email));
    }
}
