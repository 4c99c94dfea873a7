package io.orizuru.event;

import io.orizuru.db.Database;
import io.orizuru.db.Rounds;
import io.orizuru.secret.Vault;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The keys that clients gave their requests, with what came of each. Kept for a day, encrypted. */
@ApplicationScoped
class IdempotencyKeys {
    private static final Logger LOG = Logger.getLogger(IdempotencyKeys.class);
    private static final Duration KEPT = Duration.ofHours(24);
    private static final Duration SWEEP = Duration.ofHours(1);

    private final Database database;
    private final Vault vault;
    private final Journal journal;
    private final Rounds rounds =
            new Rounds("idempotency-sweep", LOG, "old idempotency keys are kept", SWEEP, this::sweepAll);

    IdempotencyKeys(Database database, Vault vault, Journal journal) {
        this.database = database;
        this.vault = vault;
        this.journal = journal;
    }

    /**
     * A request's key.
     *
     * @param caller whose it is, see {@link KeyHolders#of}; two callers' keys have nothing to do with each other
     * @param digest of all that was asked for
     * @param rights what the caller may now
     */
    record Key(String caller, String value, String digest, Set<String> rights) {
        private String context() {
            return "idempotency/" + caller + "/" + value;
        }
    }

    /** An answer as it was given. */
    record Answer(
            int status,
            Map<String, List<String>> headers,
            @Nullable String body) {}

    /**
     * What came of a request.
     *
     * @param answer null when the event's stream is the answer
     * @param rights what the caller might then
     */
    record Outcome(String event, String digest, @Nullable Answer answer, Set<String> rights) {
        /** Whether a caller who has a key still may what it might: else what came of the request is not for it any more. */
        boolean isFor(Key key) {
            return key.rights().containsAll(rights);
        }
    }

    record Kept(String digest, @Nullable Answer answer, Set<String> rights) {}

    /** Thrown inside a transaction to undo it: another request with the same key was first. */
    static final class Repeated extends RuntimeException {
        private Repeated() {
            super("another request with the same Idempotency-Key was first", null, false, false);
        }
    }

    /** What came of the request that had this key first, if there was one. */
    Optional<Outcome> find(Key key) {
        return database.sql("""
                        select event, kept from idempotency_key
                         where caller = :caller and key = :key
                           and created_at > now() - :kept * interval '1 second'""")
                .param("caller", key.caller())
                .param("key", key.value())
                .param("kept", KEPT.toSeconds())
                .query((row, number) -> {
                    Kept kept = journal.read(vault.decrypt(row.getBytes("kept"), key.context()), Kept.class);
                    return new Outcome(row.getString("event"), kept.digest(), kept.answer(), kept.rights());
                })
                .optional();
    }

    /**
     * Takes the key for an event. Waits for a request with the same key that is about to take it.
     *
     * @throws Repeated when it is taken
     */
    void claim(Key key, String event) {
        sweep(key.caller());
        boolean taken = database.sql("""
                        insert into idempotency_key (caller, key, event, kept) values (:caller, :key, :event, :kept)
                        on conflict do nothing""")
                        .param("caller", key.caller())
                        .param("key", key.value())
                        .param("event", event)
                        .param("kept", encrypted(key, null))
                        .update()
                == 1;
        if (!taken) {
            throw new Repeated();
        }
    }

    void keepAnswer(Key key, Answer answer) {
        database.sql("update idempotency_key set kept = :kept where caller = :caller and key = :key")
                .param("caller", key.caller())
                .param("key", key.value())
                .param("kept", encrypted(key, answer))
                .update();
    }

    private byte[] encrypted(Key key, @Nullable Answer answer) {
        return vault.encrypt(journal.write(new Kept(key.digest(), answer, key.rights())), key.context());
    }

    /** A key that is too old is free again. */
    private void sweep(String caller) {
        database.sql("""
                        delete from idempotency_key
                         where caller = :caller and created_at <= now() - :kept * interval '1 second'""")
                .param("caller", caller)
                .param("kept", KEPT.toSeconds())
                .update();
    }

    void start(@Observes @Priority(5000) StartupEvent started) {
        rounds.startAtOnce();
    }

    void stop(@Observes ShutdownEvent stopped) {
        rounds.stop();
    }

    private void sweepAll() {
        database.sql("delete from idempotency_key where created_at <= now() - :kept * interval '1 second'")
                .param("kept", KEPT.toSeconds())
                .update();
    }
}
