package io.orizuru.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.outgoing.Content;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.StringJoiner;

/** A form as services read it: names may be repeated, and parameters have dotted names. */
final class Form {
    private static final String TYPE = "application/x-www-form-urlencoded";

    private final StringJoiner text = new StringJoiner("&");

    Form with(String name, String value) {
        text.add(encoded(name) + "=" + encoded(value));
        return this;
    }

    Form with(String name, Collection<String> values) {
        values.forEach(value -> with(name, value));
        return this;
    }

    Form parameters(Map<String, JsonNode> parameters) {
        parameters.forEach((name, value) -> flatten("parameters." + name, value));
        return this;
    }

    private void flatten(String name, JsonNode value) {
        if (value.isObject()) {
            value.properties().forEach(field -> flatten(name + "." + field.getKey(), field.getValue()));
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                flatten(name + "." + i, value.get(i));
            }
        } else if (!value.isNull()) {
            with(name, value.asText());
        }
    }

    Content content() {
        return Content.text(TYPE, text.toString());
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8);
    }
}
