package io.orizuru.event;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;

/**
 * What an event keeps of its input: names and values, in order. Only what is put here by name enters an event, so that a
 * secret gets in by no accident.
 */
public final class Data {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Stands where a private value was. */
    public static final String MASKED = "*****";

    private final ArrayNode pairs = JSON.createArrayNode();

    public static Data of(String name, Object value) {
        return new Data().with(name, value);
    }

    public static Data none() {
        return new Data();
    }

    /** Adds a pair; the value is a text, number, boolean, or a list of such. */
    public Data with(String name, Object value) {
        pairs.addObject().put("name", name).set("value", JSON.valueToTree(value));
        return this;
    }

    ArrayNode pairs() {
        return pairs;
    }
}
