package io.orizuru.attack;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/** Requests that a parser may stumble over, for each operation of the API's description. */
final class OddInputs {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Whoever asks removes itself by these. */
    private static final Set<String> NOT_TRIED = Set.of("DELETE /users", "DELETE /users/tokens");

    /** As JSON; each is the value of a field. */
    private static final List<String> JSON_VALUES = List.of(
            "[]",
            "{}",
            "[[[1]]]",
            "null",
            "true",
            "-1",
            "2147483648",
            "-9223372036854775809",
            "1e400",
            "1.5",
            "\"\"",
            "\"\\u0000\"",
            "\"a\\u0000b\"",
            "\"\\ud800\"",
            "\"\\u001b[2J\\n\"",
            "\"+999999999-12-31T23:59:59Z\"",
            "\"-999999999-01-01T00:00:00Z\"",
            "[\"\\u0000\"]",
            "{\"\\u0000\": 1}",
            "\"" + "n".repeat(9_000) + "\"",
            "[null]",
            "[{\"name\": null}]");

    private static final List<String> BODIES = List.of(
            "[]",
            "[1]",
            "\"x\"",
            "1",
            "null",
            "true",
            "{",
            "[[[[",
            "{\"a\"",
            "\u0000",
            "{}{}",
            "{\"name\":{\"name\":{}}}");

    private static final List<String> FORM_VALUES = List.of(
            "",
            "%00",
            "a%00b",
            "%ff",
            "%ed%a0%80",
            "%zz",
            "%",
            "%1b%5b2J%0a",
            "-1",
            "99999999999999999999",
            "+999999999-12-31T23:59:59Z",
            "%2525",
            "n".repeat(6_000),
            "%F0%9F%92%A3",
            "NaN");

    private static final List<String> SEGMENTS = List.of(
            "%00",
            "a%00b",
            "%0a%1b",
            "%ff",
            "%ed%a0%80",
            "%zz",
            "%25",
            "%2525",
            "%2e%2e",
            "..%2f..%2fx",
            ";a=b",
            "%7B",
            "%7Bapp%7D",
            "x;y=%00",
            "-1",
            "99999999999999999999",
            "n".repeat(6_000),
            "%F0%9F%92%A3",
            "%27%22%5C",
            "%20");

    /** Whole headers, with what belongs to them. */
    static final List<String> HEADERS = List.of(
            "Content-Type: ",
            "Content-Type: x",
            "Content-Type: /",
            "Content-Type: multipart/form-data",
            "Content-Type: multipart/form-data; boundary=" + "b".repeat(300),
            "Content-Type: multipart/form-data; boundary=\"\u00e9\"",
            "Content-Type: application/json; charset=nonsense",
            "Content-Type: application/x-www-form-urlencoded; charset=utf-16",
            "Content-Type: text/plain; q=\"",
            "Content-Type: " + "t".repeat(3_000) + "/x",
            "Content-Encoding: gzip",
            "Accept: ",
            "Accept: x",
            "Accept: text/html;q=2, */*;q=x",
            "Accept: ;;;,,,",
            "Accept: application/xml",
            "Accept-Language: ;;;q=,-",
            "Accept-Encoding: \u00ff",
            "Range: bytes=9999999999999999999-",
            "If-Modified-Since: never",
            "If-None-Match: \"",
            "If-Match: *",
            "Authorization: bearer",
            "Authorization: bearer \u00ff\u00fe",
            "Authorization: Basic !!!",
            "Authorization: bearer " + "t".repeat(8_000),
            "Cookie: a=;;;\u00ff",
            "Expect: nonsense",
            "X-Request-Id: \u001b[2J",
            "X-Forwarded-For: " + "1".repeat(4_000),
            "X-Forwarded-Host: ]]][",
            "X-Forwarded-Port: x",
            "X-Forwarded-Proto: \u00ff",
            "Forwarded: for=;;=",
            "Idempotency-Key: " + "k".repeat(4_000),
            "Upgrade: websocket\r\nConnection: upgrade",
            "Sec-WebSocket-Key: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 99",
            "Transfer-Encoding: gzip",
            "X-Methods-Override: \u0001");

    /** Heads of parts, as multipart forms may have them. */
    private static final List<String> PARTS = List.of(
            "Content-Disposition: form-data; name=\"" + "n".repeat(600) + "\"",
            "Content-Disposition: form-data; name=\"" + "n".repeat(5_000) + "\"",
            "Content-Disposition: form-data; name=\"a\u0000b\"",
            "Content-Disposition: form-data; name=\"file\"; filename=\"a\u0000b\"",
            "Content-Disposition: form-data; name=\"none\"; filename=\"../../x\"",
            "Content-Disposition: form-data",
            "X: y",
            "");

    private OddInputs() {}

    /**
     * A request.
     *
     * @param headers whole lines, without host, length and credentials
     */
    record Odd(String method, String path, List<String> headers, String body) {
        String shown() {
            String text = method + " " + path + " " + headers + " " + body;
            return (text.length() > 400 ? text.substring(0, 400) + "…" : text).replaceAll("\\p{Cntrl}", "?");
        }
    }

    /** All of them, for the operations of a description; under their own paths, without prefix. */
    static List<Odd> of(JsonNode description) {
        List<Odd> all = new ArrayList<>();
        for (var path : description.path("paths").properties()) {
            if (path.getKey().matches("/\\d.*")) {
                continue;
            }
            for (var operation : path.getValue().properties()) {
                String method = operation.getKey().toUpperCase(Locale.ROOT);
                if (!NOT_TRIED.contains(method + " " + path.getKey())) {
                    add(all, method, path.getKey(), names(operation.getValue()));
                }
            }
        }
        return all;
    }

    /** The same every time: so many of all, in an order that has nothing to do with operations. */
    static List<Odd> some(List<Odd> all, int count) {
        List<Odd> shuffled = new ArrayList<>(all);
        java.util.Collections.shuffle(shuffled, new Random(42));
        return shuffled.subList(0, Math.min(count, shuffled.size()));
    }

    private static Set<String> names(JsonNode operation) {
        Set<String> names = new LinkedHashSet<>();
        operation.path("parameters").forEach(parameter -> {
            if (parameter.path("in").asText().equals("query")) {
                names.add(parameter.path("name").asText());
            }
        });
        operation
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("schema")
                .path("properties")
                .properties()
                .forEach(property -> names.add(property.getKey()));
        if (names.isEmpty()) {
            names.addAll(List.of("name", "since", "until", "lines", "units", "process", "version", "app", "message"));
        }
        return names;
    }

    private static void add(List<Odd> all, String method, String template, Set<String> names) {
        String path = template.replaceAll("\\{\\w+}", "odd");
        for (String segment : template.contains("{") ? SEGMENTS : List.<String>of()) {
            String odd = template.replaceAll("\\{\\w+}", segment);
            all.add(new Odd(method, odd, List.of(), ""));
            all.add(new Odd(method, "/1.0" + odd, List.of(), ""));
        }
        for (String value : FORM_VALUES) {
            String form = String.join(
                    "&", names.stream().map(name -> encoded(name) + "=" + value).toList());
            all.add(new Odd(method, path + "?" + form.substring(0, Math.min(7_000, form.length())), List.of(), ""));
            all.add(new Odd(method, path, List.of("Content-Type: application/x-www-form-urlencoded"), form));
        }
        for (String value : JSON_VALUES) {
            String json = String.join(
                    ",", names.stream().map(name -> quoted(name) + ":" + value).toList());
            all.add(new Odd(method, path, List.of("Content-Type: application/json"), "{" + json + "}"));
        }
        for (String body : BODIES) {
            all.add(new Odd(method, path, List.of("Content-Type: application/json"), body));
        }
        for (String part : PARTS) {
            all.add(new Odd(
                    method,
                    path,
                    List.of("Content-Type: multipart/form-data; boundary=x"),
                    "--x\r\n" + part + "\r\n\r\nv\u0000\r\n--x--\r\n"));
        }
        for (String header : HEADERS) {
            all.add(new Odd(method, path, List.of(header), "a=b"));
        }
    }

    private static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    private static String quoted(String name) {
        return JSON.getNodeFactory().textNode(name).toString();
    }
}
