package io.orizuru.mail;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orizuru.config.Settings;
import io.orizuru.db.Rounds;
import io.orizuru.secret.Vault;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Where mail is posted. What was posted in a transaction that is kept gets delivered, by this server or another one; if a
 * server dies right after a delivery, twice.
 */
@ApplicationScoped
public class Mailbox {
    private static final Logger LOG = Logger.getLogger(Mailbox.class);
    private static final Duration LOOK = Duration.ofSeconds(5);
    /** Longer than any delivery takes. */
    private static final Duration TURN = Duration.ofMinutes(5);

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MailStore store;
    private final Vault vault;
    private final Carrier carrier;
    private final Semaphore news = new Semaphore(0);
    private final Rounds rounds =
            new Rounds("postman", LOG, "mail is not looked after", Duration.ZERO, this::lookAfter);

    Mailbox(MailStore store, Vault vault, Settings settings) {
        this.store = store;
        this.vault = vault;
        Settings.Mail smtp = settings.mail();
        this.carrier = smtp == null ? new FileOutbox(settings.data().resolve("mail")) : new SmtpCarrier(smtp);
    }

    void start(@Observes @Priority(100) StartupEvent event) {
        rounds.startAtOnce();
    }

    void stop(@Observes ShutdownEvent event) {
        rounds.stop();
    }

    /**
     * Posts a mail; it goes out when the caller's transaction is kept.
     *
     * @param usefulFor after that it is not worth sending any more
     */
    public void post(Message message, Duration usefulFor) {
        String id = UUID.randomUUID().toString();
        store.insert(id, vault.encrypt(write(message), context(id)), usefulFor);
    }

    /** To be called when mail was posted and the transaction is kept: it goes out at once then, else in seconds. */
    public void flush() {
        if (news.availablePermits() == 0) {
            news.release();
        }
    }

    private void lookAfter() throws InterruptedException {
        if (!deliverNext()) {
            news.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private boolean deliverNext() {
        MailStore.Taken taken = store.take(TURN).orElse(null);
        if (taken == null) {
            return false;
        }
        Message message = read(vault.decrypt(taken.content(), context(taken.id())));
        try {
            carrier.carry(taken.id(), message);
            store.delete(taken.id());
        } catch (Carrier.UndeliveredException e) {
            if (e.isLasting() || !store.putOff(taken.id(), pause(taken.attempts()))) {
                store.delete(taken.id());
                LOG.warnf("%s is given up: %s", message, e.getMessage());
            } else {
                LOG.warnf("%s will be tried again: %s", message, e.getMessage());
            }
        }
        return true;
    }

    private static Duration pause(int attempts) {
        Duration pause = Duration.ofSeconds(5L << Math.min(attempts, 10));
        return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    }

    private static String context(String id) {
        return "mail/" + id;
    }

    private static String write(Message message) {
        try {
            return JSON.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a mail cannot be kept", e);
        }
    }

    private static Message read(String text) {
        try {
            return JSON.readValue(text, Message.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what is on record is no mail", e);
        }
    }
}
