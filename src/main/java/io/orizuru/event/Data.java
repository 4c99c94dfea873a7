package io.orizuru.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What an event keeps of its input: names and values, in order. Only what is put here by name enters an event, so that a
 * secret gets in by no accident; and no more than {@link #MOST_BYTES}, since lists show all of it.
 */
public final class Data {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Stands where a private value was. */
    public static final String MASKED = "*****";

    /** Of all pairs as JSON; what comes after is counted, not kept. */
    static final int MOST_BYTES = 64 << 10;

    /** Of one value as JSON. */
    private static final int LONGEST_BYTES = 8 << 10;
    /** What is kept of a longer text, in characters: six bytes each at most. */
    private static final int LONGEST_TEXT = 1 << 10;

    private final ArrayNode pairs = JSON.createArrayNode();
    private int bytes;
    private int left;
    private long leftBytes;

    public static Data of(String name, Object value) {
        return new Data().with(name, value);
    }

    public static Data none() {
        return new Data();
    }

    /** Adds a pair; the value is a text, number, boolean, or a list of such. */
    public Data with(String name, Object value) {
        JsonNode given = JSON.valueToTree(value);
        int size = size(given);
        ObjectNode pair = JSON.createObjectNode();
        pair.put("name", name.length() <= LONGEST_TEXT ? name : name.substring(0, LONGEST_TEXT) + "…");
        pair.set("value", size <= LONGEST_BYTES ? given : JSON.getNodeFactory().textNode(cut(given, size)));
        int pairSize = size(pair);
        if (bytes + pairSize > MOST_BYTES) {
            left++;
            leftBytes += size;
        } else {
            bytes += pairSize;
            pairs.add(pair);
        }
        return this;
    }

    private static String cut(JsonNode given, int size) {
        String text = given.isTextual() ? given.textValue() : given.toString();
        return text.substring(0, Math.min(text.length(), LONGEST_TEXT)) + "… (cut, it has " + size + " bytes)";
    }

    private static int size(JsonNode node) {
        try {
            return JSON.writeValueAsBytes(node).length;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // A tree can be written.
        }
    }

    ArrayNode pairs() {
        if (left == 0) {
            return pairs;
        }
        ArrayNode all = pairs.deepCopy();
        all.addObject().put("name", "…").put("value", left + " more, of " + leftBytes + " bytes, are not kept");
        return all;
    }
}
