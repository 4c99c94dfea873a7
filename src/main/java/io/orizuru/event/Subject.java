package io.orizuru.event;

import io.orizuru.access.Context;
import java.util.ArrayList;
import java.util.List;

/**
 * What an operation is about: its target, and the contexts in which people may see and cancel its event.
 *
 * @param target what is locked while it runs
 * @param contexts the target's contexts at this moment
 * @param extraTargets what else it is about, and is locked with it
 */
public record Subject(Target target, List<Context> contexts, List<Target> extraTargets) {
    public Subject {
        contexts = List.copyOf(contexts);
        extraTargets = List.copyOf(extraTargets);
    }

    public Subject(Target target, List<Context> contexts) {
        this(target, contexts, List.of());
    }

    /** Of two things at once; who may see one of them may see the event. */
    public Subject and(Subject other) {
        List<Context> both = new ArrayList<>(contexts);
        other.contexts.stream().filter(context -> !both.contains(context)).forEach(both::add);
        return new Subject(target, both, List.of(other.target));
    }

    public static Subject of(String type, String value, Context... contexts) {
        return new Subject(new Target(type, value), List.of(contexts));
    }

    Event.Allowed readers() {
        return allowed(".read.events");
    }

    Event.Allowed cancellers() {
        return allowed(".update.events");
    }

    private Event.Allowed allowed(String suffix) {
        List<Event.Place> places = contexts.stream()
                .map(context -> new Event.Place(context.type().wireName(), context.value()))
                .toList();
        return new Event.Allowed(target.type() + suffix, places);
    }
}
