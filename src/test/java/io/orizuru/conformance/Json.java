package io.orizuru.conformance;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/** Bodies as JSON values: what is no JSON is a JSON string. */
final class Json {
    static final String STREAM_TYPE = "application/x-json-stream";

    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Takes one value after the other from a stream, so it must not mind that more follows. */
    private static final JsonMapper SEQUENCE = new JsonMapper();

    private Json() {}

    /** {@code text/plain; charset=utf-8} without its parameters, in lower case. */
    static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    /** The value of a body: a list of messages for a JSON stream, else its JSON value, else its text. */
    static JsonNode ofBody(byte[] content, String contentType) {
        String text = new String(content, StandardCharsets.UTF_8);
        if (mediaType(contentType).equals(STREAM_TYPE)) {
            Optional<JsonNode> messages = sequence(text);
            if (messages.isPresent()) {
                return messages.get();
            }
        }
        return of(text);
    }

    /** The JSON value of a text; the text itself when it is no JSON. */
    static JsonNode of(String text) {
        try {
            JsonNode value = MAPPER.readTree(text);
            return value.isMissingNode() ? TextNode.valueOf(text) : value;
        } catch (JsonProcessingException notJson) {
            return TextNode.valueOf(text);
        }
    }

    /** The values that stand one after the other; a single list is that list; empty when something is no JSON. */
    static Optional<JsonNode> sequence(String text) {
        ArrayNode values = JsonNodeFactory.instance.arrayNode();
        try (JsonParser parser = SEQUENCE.createParser(text)) {
            while (parser.nextToken() != null) {
                values.add(parser.<JsonNode>readValueAsTree());
            }
        } catch (IOException notJson) {
            return Optional.empty();
        }
        return Optional.of(values.size() == 1 && values.get(0).isArray() ? values.get(0) : values);
    }

    /**
     * The value as text in the manner that the scenarios' {@code contains} and {@code match} are written for: a blank
     * after each comma and colon, everything beyond ASCII escaped.
     */
    static String text(JsonNode value) {
        if (value.isObject()) {
            StringJoiner members = new StringJoiner(", ", "{", "}");
            value.properties().forEach(member -> members.add(quote(member.getKey()) + ": " + text(member.getValue())));
            return members.toString();
        }
        if (value.isArray()) {
            StringJoiner elements = new StringJoiner(", ", "[", "]");
            value.forEach(element -> elements.add(text(element)));
            return elements.toString();
        }
        return value.isTextual() ? quote(value.textValue()) : value.asText();
    }

    /** A string as itself, anything else as {@link #text}. */
    static String plain(JsonNode value) {
        return value.isTextual() ? value.textValue() : text(value);
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\f' -> quoted.append("\\f");
                case '\b' -> quoted.append("\\b");
                default -> {
                    if (c >= ' ' && c <= '~') {
                        quoted.append(c);
                    } else {
                        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
