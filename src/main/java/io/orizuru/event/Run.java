package io.orizuru.event;

import io.orizuru.failure.OneLine;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at an accepted operation. Exists only under a lease; every write goes through it and fails once the lease is
 * lost.
 */
public interface Run {
    /** The event's id. */
    String event();

    /** What it works on: the value of the event's target, an app's name in most cases. */
    String target();

    /** Whose share of what a server can do at once it takes, for people: a team, or who asked where there is none. */
    String team();

    /** Who asked, as events write it: an e-mail address or an app's name. */
    String owner();

    /** Grows with every taking of a lease; goes onto all that the run makes. */
    long epoch();

    /**
     * A step's border.
     *
     * @throws LeaseLost when another server may have taken over
     * @throws HandedOver when this server stops; nothing needs to be undone, since the next attempt goes on from there
     * @throws Cancelled when somebody asked to cancel and the run may still be
     * @throws Overdue when it takes longer than it may, and the run may still be broken off
     */
    void check();

    /**
     * Has something done that waits for the outside and looks at no border. Borders are looked at meanwhile: when one throws,
     * the work is interrupted, and what comes of it counts no more.
     */
    <T> T await(Supplier<T> work);

    /** From here on the run is not cancelled any more: what follows brings it to its end, or back. */
    void beyondCancelling();

    /** What {@link #beyondCancelling} kept together is through: from here on the run may be cancelled again, if it ever could. */
    void cancellableAgain();

    /** Adds a message to the event's log, as it is: what programs of the app print. */
    void log(String message);

    /** Adds a line to the event's log, which stays one whatever names and answers of others are in it. */
    default void line(String text) {
        log(OneLine.within(text) + "\n");
    }

    /** Writes under the lease: all or nothing, and nothing when it is lost. */
    <T extends @Nullable Object> T transaction(Supplier<T> work);

    /** As {@link #transaction}, without a result. */
    void transact(Runnable work);

    /**
     * A step that cannot be compared with what is, such as a build: its intent is journaled before and its result after, and
     * a result on record is answered without doing it again. {@code work} must cope with an attempt before it that died
     * anywhere; {@link #event} with the step's key names it for good.
     */
    <T> T once(Step<T> step, Supplier<T> work);

    /** The result of a journaled step, if it has one. */
    <T> Optional<T> done(Step<T> step);

    /** Keeps data with the event that tells how it ended. */
    void endData(Object data);

    /** Adds work to the transaction that ends the event well. */
    void atEnd(Runnable inSameTransaction);
}
