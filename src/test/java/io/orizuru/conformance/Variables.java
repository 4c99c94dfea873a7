package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code ${name}} stands for. Unknown names stay as they are written. */
record Variables(Map<String, JsonNode> values) {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{(\\w+)}");

    Variables {
        values = Map.copyOf(values);
    }

    static Variables of(Map<String, String> texts) {
        Map<String, JsonNode> values = new HashMap<>();
        texts.forEach((name, text) -> values.put(name, TextNode.valueOf(text)));
        return new Variables(values);
    }

    /** These and more; those given win. */
    Variables with(Map<String, JsonNode> more) {
        Map<String, JsonNode> all = new HashMap<>(values);
        all.putAll(more);
        return new Variables(all);
    }

    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name)).map(Json::plain);
    }

    String in(String text) {
        return REFERENCE
                .matcher(text)
                .replaceAll(
                        found -> Matcher.quoteReplacement(text(found.group(1)).orElse(found.group())));
    }

    JsonNode in(JsonNode document) {
        return switch (document.getNodeType()) {
            case STRING -> TextNode.valueOf(in(document.textValue()));
            case ARRAY -> {
                ArrayNode elements = JsonNodeFactory.instance.arrayNode();
                document.forEach(element -> elements.add(in(element)));
                yield elements;
            }
            case OBJECT -> {
                ObjectNode members = JsonNodeFactory.instance.objectNode();
                document.properties().forEach(member -> members.set(in(member.getKey()), in(member.getValue())));
                yield members;
            }
            case NULL, BOOLEAN, NUMBER, BINARY, MISSING, POJO -> document;
        };
    }

    Map<String, String> in(Map<String, String> headers) {
        Map<String, String> filled = new HashMap<>();
        headers.forEach((name, value) -> filled.put(in(name), in(value)));
        return filled;
    }

    Answer in(Answer recorded) {
        return new Answer(recorded.status(), in(recorded.headers()), in(recorded.body()));
    }

    Scenario.Request in(Scenario.Request request) {
        return new Scenario.Request(
                request.method(),
                orNull(request.path()),
                orNull(request.query()),
                request.headers() == null ? null : in(request.headers()),
                orNull(request.form()),
                orNull(request.json()),
                orNull(request.text()),
                orNull(request.multipart()));
    }

    private @Nullable String orNull(@Nullable String text) {
        return text == null ? null : in(text);
    }

    private @Nullable JsonNode orNull(@Nullable JsonNode document) {
        return document == null ? null : in(document);
    }
}
