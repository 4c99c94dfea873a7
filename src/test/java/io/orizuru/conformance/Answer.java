package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the server, or a recorded one.
 *
 * @param status the HTTP status; 0 when there was no answer
 * @param headers by lower-case name
 * @param body as {@link Json#ofBody} reads it; why there was no answer, if the status is 0
 */
record Answer(int status, Map<String, String> headers, JsonNode body) {
    Answer(int status, @Nullable Map<String, String> headers, @Nullable JsonNode body) {
        this.status = status;
        this.headers = headers == null ? Map.of() : Map.copyOf(headers);
        this.body = body == null ? NullNode.instance : body;
    }

    /** Stands for a request that got no answer. */
    static Answer none(Exception reason) {
        return new Answer(0, Map.of(), TextNode.valueOf("no answer: " + reason));
    }

    /** A header's value; empty when it is not there. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }
}
