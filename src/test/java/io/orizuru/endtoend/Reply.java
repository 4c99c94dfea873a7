package io.orizuru.endtoend;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpHeaders;
import java.util.List;
import java.util.stream.Collectors;

/** An answer of the server, whole. */
record Reply(int status, HttpHeaders headers, String body) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A header's first value; empty when it is not there. */
    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    JsonNode json() {
        return json(body);
    }

    /** The objects of a JSON stream; empty lines only keep it alive. */
    List<JsonNode> objects() {
        return body.lines().filter(line -> !line.isBlank()).map(Reply::json).toList();
    }

    /** What a progress stream says, without its error. */
    String messages() {
        return objects().stream()
                .map(object -> object.path("Message").asText() + "\n")
                .collect(Collectors.joining());
    }

    /** The error that a progress stream ends with; empty when it ends well. */
    String error() {
        List<JsonNode> objects = objects();
        return objects.isEmpty() ? "" : objects.getLast().path("Error").asText("");
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }
}
