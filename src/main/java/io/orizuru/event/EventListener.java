package io.orizuru.event;

/** Is told of ended events, at least once each, also after a crash: webhooks, mail, audit exports. */
public interface EventListener {
    /** Names it in the outbox; never changes. */
    String name();

    /** Whether it wants to hear of this event. Called in the transaction that ends the event; quick. */
    boolean wants(Event event);

    /** Tells it. Throwing has it told again later, with growing pauses, for a day. */
    void deliver(Event event) throws Exception;
}
