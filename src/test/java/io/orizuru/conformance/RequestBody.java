package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.UUID;
import java.util.function.BiConsumer;

/** A request's body, encoded. */
record RequestBody(HttpRequest.BodyPublisher content, String contentType) {
    /** The body that a scenario's request asks for; empty if it has none. */
    static Optional<RequestBody> of(Scenario.Request request) {
        if (request.form() != null) {
            return Optional.of(text(form(request.form()), "application/x-www-form-urlencoded"));
        }
        if (request.json() != null) {
            return Optional.of(text(Json.text(request.json()), "application/json"));
        }
        if (request.text() != null) {
            return Optional.of(text(request.text(), "text/plain"));
        }
        return request.multipart() == null ? Optional.empty() : Optional.of(multipart(request.multipart()));
    }

    /** {@code {k: v or [v, ...]}} as {@code k=v&k=v}, for bodies and queries. */
    static String form(JsonNode fields) {
        StringJoiner pairs = new StringJoiner("&");
        eachValue(fields, (name, value) -> pairs.add(component(name) + "=" + component(Json.plain(value))));
        return pairs.toString();
    }

    private static String component(String text) {
        return Percent.encode(text, "_.-~ ").replace(' ', '+');
    }

    private static RequestBody text(String text, String contentType) {
        return new RequestBody(HttpRequest.BodyPublishers.ofString(text), contentType);
    }

    private static RequestBody multipart(JsonNode parts) {
        String boundary = "conformance" + UUID.randomUUID().toString().replace("-", "");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        eachValue(parts, (name, value) -> {
            body.writeBytes(bytes("--" + boundary + "\r\n" + partHeaders(name, value) + "\r\n"));
            body.writeBytes(partContent(value));
            body.writeBytes(bytes("\r\n"));
        });
        body.writeBytes(bytes("--" + boundary + "--\r\n"));
        return new RequestBody(
                HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()),
                "multipart/form-data; boundary=" + boundary);
    }

    private static String partHeaders(String name, JsonNode value) {
        String disposition = "Content-Disposition: form-data; name=\"" + name + "\"";
        return value.isObject()
                ? disposition + "; filename=\"" + value.required("filename").asText() + "\"\r\nContent-Type: "
                        + value.path("type").asText("application/octet-stream") + "\r\n"
                : disposition + "\r\n";
    }

    private static byte[] partContent(JsonNode value) {
        if (!value.isObject()) {
            return bytes(Json.plain(value));
        }
        return value.has("base64")
                ? Base64.getDecoder().decode(value.get("base64").asText())
                : bytes(value.path("text").asText());
    }

    private static void eachValue(JsonNode fields, BiConsumer<String, JsonNode> use) {
        fields.properties().forEach(field -> {
            if (field.getValue().isArray()) {
                field.getValue().forEach(value -> use.accept(field.getKey(), value));
            } else {
                use.accept(field.getKey(), field.getValue());
            }
        });
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
