package io.orizuru.event;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import io.orizuru.failure.OneLine;
import io.orizuru.http.Call;
import io.orizuru.http.Parts;
import io.orizuru.limit.FairShare;
import io.orizuru.secret.Vault;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one way to change something. What needs nothing but the database is {@linkplain #perform performed} in one
 * transaction; what takes longer is {@linkplain #accept accepted} in one, and then happens, whoever dies.
 */
@ApplicationScoped
public class Events {
    /** How long an operation on an app waits for the one before it. */
    private static final Duration APP_PATIENCE = Duration.ofSeconds(10);
    /** How many do so on each app. */
    private static final int MOST_PATIENT = 32;

    /** The most messages that the log of an accepted operation begins with. */
    private static final int MOST_FIRST_MESSAGES = 1_000;

    /** What an event in a list takes besides its data: its own fields and the end of its log. */
    private static final int LISTED_OVERHEAD = 20 << 10;

    private static final Duration RETRY = Duration.ofMillis(100);

    private final Database database;
    private final EventStore store;
    private final EventLogStore logs;
    private final EventIds ids;
    private final Runner runner;
    private final Outbox outbox;
    private final Journal journal;
    private final Vault vault;
    private final ServerIdentity server;
    private final Clock clock;
    private final KeyedRequest request;
    private final Homes homes;
    private final FairShare patient = new FairShare(Integer.MAX_VALUE, MOST_PATIENT);

    Events(
            Database database,
            EventStore store,
            EventLogStore logs,
            EventIds ids,
            Runner runner,
            Outbox outbox,
            Journal journal,
            Vault vault,
            ServerIdentity server,
            Clock clock,
            KeyedRequest request,
            Homes homes) {
        this.database = database;
        this.store = store;
        this.logs = logs;
        this.ids = ids;
        this.runner = runner;
        this.outbox = outbox;
        this.journal = journal;
        this.vault = vault;
        this.server = server;
        this.clock = clock;
        this.request = request;
        this.homes = homes;
    }

    /** Thrown inside a transaction to undo it when the target is taken. */
    private static final class Taken extends RuntimeException {
        private final transient Target target;

        private Taken(Target target) {
            super(null, null, false, false);
            this.target = target;
        }
    }

    /**
     * Changes the database: the event, its lock, the change and the event's end are one transaction. A failure of the
     * change is kept as an event with that error.
     *
     * @throws Failure what the change throws, or that the target is locked
     */
    public <T extends @Nullable Object> T perform(Call call, Subject subject, Data data, Supplier<T> change) {
        Event event = draft(ids.next(), call, subject, data);
        String target = subject.target().value();
        EventFailPoints.BEFORE_PERFORM.hit(target);
        try {
            T changed = patiently(
                    subject.target(),
                    () -> request.transaction(() -> {
                        store.insert(event);
                        request.claim(event.id());
                        lock(event);
                        T result = change.get();
                        store.identify(event.id());
                        store.end(event.id(), "");
                        outbox.put(event.id());
                        EventFailPoints.IN_PERFORM.hit(target);
                        return result;
                    }));
            EventFailPoints.AFTER_PERFORM.hit(target);
            return changed;
        } catch (Failure failure) {
            recordFailed(event, failure.message());
            throw failure;
        }
    }

    /** As {@link #perform(Call, Subject, Data, Supplier)}, without a result. */
    public void perform(Call call, Subject subject, Data data, Runnable change) {
        this.<@Nullable Void>perform(call, subject, data, () -> {
            change.run();
            return null;
        });
    }

    /**
     * Accepts an operation that takes longer. What should be is written in the accepting transaction; then the operation
     * runs under a lease and ends, here or on the server that takes over.
     *
     * @param desired writes what should be, and says what is left to do and what the log begins with; gets the event's id
     * @return the event's id, to be followed
     * @throws Failure what {@code desired} throws, that the target is locked, or that too many of the team's wait already
     */
    public String accept(Call call, Subject subject, Data data, Function<String, Accepted> desired) {
        Event event = draft(ids.next(), call, subject, data);
        runner.admit(event);
        EventFailPoints.BEFORE_ACCEPT.hit(subject.target().value());
        try {
            patiently(subject.target(), () -> {
                acceptNow(event, () -> request.claim(event.id()), desired);
                return event;
            });
        } catch (Failure failure) {
            recordFailed(event, failure.message());
            throw failure;
        }
        EventFailPoints.AFTER_ACCEPT.hit(subject.target().value());
        runner.submit(event.id());
        return event.id();
    }

    /**
     * Accepts an operation of the platform itself, unless another one is under way on its target or too many of its team's wait.
     *
     * @param kind of the event, for people
     * @return the event's id; empty when it was not accepted
     */
    public Optional<String> acceptInternal(String kind, Subject subject, Data data, Accepted accepted) {
        return acceptInternal(kind, subject, data, id -> accepted);
    }

    /**
     * As {@link #acceptInternal(String, Subject, Data, Accepted)}, for what has to write what should be as well. Whatever
     * {@code desired} throws leaves nothing behind, no event either.
     *
     * @param desired writes what should be, and says what is left to do and what the log begins with; gets the event's id
     */
    public Optional<String> acceptInternal(
            String kind, Subject subject, Data data, Function<String, Accepted> desired) {
        Event event = internalDraft(ids.next(), kind, subject, data);
        if (!runner.hasRoom(event)) {
            return Optional.empty();
        }
        try {
            acceptNow(event, () -> {}, desired);
        } catch (Taken taken) {
            return Optional.empty();
        }
        runner.submit(event.id());
        return Optional.of(event.id());
    }

    private void acceptNow(Event event, Runnable claim, Function<String, Accepted> desired) {
        database.transact(() -> {
            store.insert(event);
            claim.run();
            lock(event);
            homes.settle(event.target());
            Accepted accepted = desired.apply(event.id());
            store.identify(event.id());
            String kind = runner.kindOf(accepted.change().getClass());
            byte[] change = vault.encrypt(journal.write(accepted.change()), Runner.changeContext(event.id()));
            store.putChange(event.id(), kind, change);
            logs.append(event.id(), numbered(accepted.messages()));
            EventFailPoints.IN_ACCEPT.hit(event.target().value());
        });
    }

    private List<Event.Line> numbered(List<String> messages) {
        List<Event.Line> lines = new ArrayList<>();
        messages.stream()
                .limit(MOST_FIRST_MESSAGES)
                .forEach(message ->
                        lines.add(new Event.Line(lines.size() + 1, clock.instant(), OneLine.within(message))));
        return lines;
    }

    private void lock(Event event) {
        // In one order for all, so that two of them never wait for each other.
        Stream.concat(Stream.of(event.target()), event.extraTargets().stream())
                .sorted(Comparator.comparing(Target::toString))
                .forEachOrdered(target -> {
                    if (!store.lock(target, event.id())) {
                        throw new Taken(target);
                    }
                });
    }

    /** Tries again while the target is taken: operations on apps for a while, all others not at all. */
    private <T extends @Nullable Object> T patiently(Target target, Supplier<T> work) {
        try {
            return work.get();
        } catch (Taken taken) {
            // Each of those that wait asks the database again and again: there are few for each target.
            Optional<FairShare.Place> place =
                    target.type().equals(Target.APP) ? patient.take(target.toString()) : Optional.empty();
            if (place.isEmpty()) {
                throw Failure.locked(lockedMessage(taken.target));
            }
            try {
                return tryAgain(work);
            } finally {
                place.get().close();
            }
        }
    }

    private <T extends @Nullable Object> T tryAgain(Supplier<T> work) {
        long deadline = System.nanoTime() + APP_PATIENCE.toNanos();
        while (true) {
            sleep();
            try {
                return work.get();
            } catch (Taken taken) {
                if (System.nanoTime() >= deadline) {
                    throw Failure.locked(lockedMessage(taken.target));
                }
            }
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(RETRY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    private String lockedMessage(Target target) {
        Optional<Event> holder = store.holder(target);
        if (holder.isEmpty()) {
            return "event locked: " + target;
        }
        Event event = holder.get();
        String since = DateTimeFormatter.ISO_INSTANT.format(event.startedAt().atOffset(ZoneOffset.UTC));
        return "event locked: " + target + " running \"" + event.kind() + "\" start by " + event.ownerType() + " "
                + event.ownerName() + " at " + since;
    }

    private void recordFailed(Event event, String error) {
        database.transact(() -> {
            store.insert(ended(event, error));
            outbox.put(event.id());
        });
    }

    Event draft(String id, Call call, Subject subject, Data data) {
        Caller caller = call.caller();
        boolean cancelable = call.operation().cancelable();
        return new Event(
                id,
                call.operation().requiredEventKind(),
                "permission",
                subject.target(),
                subject.extraTargets(),
                caller.isAnonymous() ? "user" : caller.type().name().toLowerCase(Locale.ROOT),
                caller.isAnonymous() ? subject.target().value() : caller.name(),
                call.sourceAddress(),
                call.requestId(),
                subject.readers(),
                cancelable ? subject.cancellers() : Event.Allowed.NOBODY,
                data.pairs(),
                null,
                null,
                cancelable,
                null,
                null,
                "",
                "",
                server.id(),
                true,
                "",
                Instant.EPOCH,
                null);
    }

    private Event internalDraft(String id, String kind, Subject subject, Data data) {
        return new Event(
                id,
                kind,
                Event.INTERNAL,
                subject.target(),
                List.of(),
                "internal",
                "",
                "",
                id,
                subject.readers(),
                Event.Allowed.NOBODY,
                data.pairs(),
                null,
                null,
                false,
                null,
                null,
                "",
                "",
                server.id(),
                true,
                "",
                Instant.EPOCH,
                null);
    }

    private static Event ended(Event event, String error) {
        return new Event(
                event.id(),
                event.kind(),
                event.kindType(),
                event.target(),
                event.extraTargets(),
                event.ownerType(),
                event.ownerName(),
                event.sourceAddress(),
                event.requestId(),
                event.allowed(),
                event.allowedCancel(),
                event.startData(),
                JsonNodeFactory.instance.nullNode(),
                JsonNodeFactory.instance.nullNode(),
                event.cancelable(),
                null,
                null,
                "",
                "",
                event.instance(),
                false,
                error,
                event.startedAt(),
                null);
    }

    /**
     * Lets those see the events of something who may on its new name, and no longer those who may on the old one. Part of
     * the thread's transaction.
     */
    public void rename(Context context, String newValue) {
        store.rename(context, newValue);
    }

    /**
     * Begins no accepted operation here any more, and ends or hands over those under way, 13 s at most; then the streams of all
     * end. For the moment when the server is asked to stop.
     */
    public void handOver() {
        runner.handOver();
    }

    /** What accepted operations of a type, which have not ended, will do. */
    public <C extends Change> List<C> underWay(Class<C> type) {
        return store.running(runner.kindOf(type)).stream()
                .map(work -> journal.read(vault.decrypt(work.change(), Runner.changeContext(work.id())), type))
                .toList();
    }

    /** The event of an id. */
    public Event get(String id) {
        return store.find(id).orElseThrow(() -> Failure.notFound("event not found"));
    }

    /** The events that the caller may read, a few of them at a time: together no larger than a part of an answer may be. */
    List<List<String>> list(Call call, EventQuery query) {
        return Parts.of(store.list(query.filter(call.caller())).stream()
                .map(listed -> new Parts.Sized<>(listed.id(), listed.size() + LISTED_OVERHEAD))
                .toList());
    }

    /** Events with the ends of their logs, in the order of the ids. */
    List<EventView> listed(List<String> ids) {
        Map<String, List<Event.Line>> tails = logs.tails(ids);
        Map<String, Event> found = store.find(ids).stream().collect(Collectors.toMap(Event::id, Function.identity()));
        List<EventView> views = new ArrayList<>();
        for (String id : ids) {
            Event event = found.get(id);
            if (event != null) {
                views.add(EventView.listed(event, tails.getOrDefault(id, List.of())));
            }
        }
        return views;
    }

    /** One event without its log. */
    EventView info(Call call, String id) {
        Event event = get(id);
        if (!store.allows(id, Rights.reading(call.caller()))) {
            throw Call.refused();
        }
        return EventView.whole(event, List.of());
    }

    /** What is kept of an event's log. */
    KeptLog log(String id) {
        return new KeptLog(logs, id);
    }

    List<EventView.Kind> kinds() {
        return store.kinds();
    }

    /** Asks a running operation to stop at its next border. */
    void cancel(Call call, String id, String reason) {
        Event event = get(id);
        if (!event.cancelable() || !event.running()) {
            throw Failure.invalid("event is not cancelable");
        }
        if (!store.allows(id, Rights.cancelling(call.caller()))) {
            throw Call.refused();
        }
        if (!store.askCancel(id, call.caller().name(), reason)) {
            throw store.find(id).filter(Event::running).isPresent()
                    ? Failure.conflict("event cancel already requested")
                    : Failure.invalid("event is not cancelable");
        }
    }
}
