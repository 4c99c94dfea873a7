package io.orizuru.event;

import io.orizuru.access.Context;
import java.util.List;

/**
 * What an operation is about: its target, and the contexts in which people may see and cancel its event.
 *
 * @param target what is locked while it runs
 * @param contexts the target's contexts at this moment
 */
public record Subject(Target target, List<Context> contexts) {
    public Subject {
        contexts = List.copyOf(contexts);
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
