package io.orizuru.event;

import io.orizuru.db.Database;
import jakarta.enterprise.context.RequestScoped;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the request under way does for its {@code Idempotency-Key}, if it came with one: the key is on record exactly when
 * what was asked for is. For an operation that is performed at once, so is the answer: its transaction stays open until
 * the answer is known.
 */
@RequestScoped
class KeyedRequest {
    private final Database database;
    private final IdempotencyKeys keys;
    private IdempotencyKeys.@Nullable Key key;
    private Database.@Nullable Pending pending;

    KeyedRequest(Database database, IdempotencyKeys keys) {
        this.database = database;
        this.keys = keys;
    }

    void begin(IdempotencyKeys.Key given) {
        key = given;
    }

    /**
     * Puts the key on record for an event, as part of the thread's transaction; once for all that is done in one that is
     * left open.
     *
     * @throws IdempotencyKeys.Repeated when another request has it
     */
    void claim(String event) {
        if (key != null && pending == null) {
            keys.claim(key, event);
        }
    }

    /** A transaction; with a key, one that is left open when the work is done. */
    <T extends @Nullable Object> T transaction(Supplier<T> work) {
        if (key == null || pending != null) {
            return database.transaction(work);
        }
        Database.Pending begun = database.begin();
        boolean done = false;
        try {
            T result = work.get();
            pending = begun;
            done = true;
            return result;
        } finally {
            if (!done) {
                begun.undo();
            }
        }
    }

    /** Whether something was done whose answer is to be kept. */
    boolean awaitsAnswer() {
        return pending != null;
    }

    /** Keeps the answer with what was done, and makes both last. */
    void complete(IdempotencyKeys.Answer answer) {
        if (key == null || pending == null) {
            throw new IllegalStateException("nothing was done that could be completed");
        }
        keys.keepAnswer(key, answer);
        pending.commit();
        pending = null;
    }

    /** Undoes what was not completed. */
    void abandon() {
        if (pending != null) {
            pending.undo();
            pending = null;
        }
    }
}
