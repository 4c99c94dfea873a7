package io.orizuru.app;

import io.orizuru.event.Change;

/** An operation that turned out to be impossible after its stream has begun, as clients know it. */
public record Refusal(String why) implements Change {}
