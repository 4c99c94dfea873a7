package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Finds where an answer is not as recorded. The server may say more than the reference did; what the reference said must
 * be there.
 */
final class Comparison {
    private static final JsonPath STATUS = JsonPath.ROOT.child("status");
    private static final JsonPath STREAM = JsonPath.ROOT.child("stream");
    private static final JsonPath STREAM_ERROR = JsonPath.ROOT.child("Error");

    /** An address may be malformed, which is a difference and no reason to stop. */
    private static final Pattern REFERENCE =
            Pattern.compile("(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?(?://[^/?#]*)?(?<path>[^?#]*)");

    private final Rules rules;
    private final List<Difference> differences = new ArrayList<>();

    private Comparison(Rules rules) {
        this.rules = rules;
    }

    /** All differences, in the document's order; empty when the answer will do. */
    static List<Difference> of(Rules rules, Answer recorded, Answer got) {
        Comparison comparison = new Comparison(rules);
        comparison.answers(recorded, got);
        return List.copyOf(comparison.differences);
    }

    private void answers(Answer recorded, Answer got) {
        if (!rules.accepts(recorded.status(), got.status())) {
            String status = got.status() + " " + Json.plain(got.body());
            differences.add(new Difference(STATUS, String.valueOf(recorded.status()), status));
            return;
        }
        if (got.status() != recorded.status()) {
            // Another status that will do has a text of the server's own.
            return;
        }
        if (rules.headers()) {
            recorded.headers().keySet().stream().sorted().forEach(name -> header(name, recorded, got));
        }
        switch (rules.body()) {
            case NONE -> {}
            case SHAPE -> values(recorded.body(), got.body(), JsonPath.ROOT, true);
            case ALL, EXACT, CONTAINS -> {
                if (isStream(recorded)) {
                    stream(recorded.body(), got.body());
                } else if (rules.body() == Rules.Body.CONTAINS) {
                    contained(recorded.body(), got.body());
                } else {
                    values(recorded.body(), got.body(), JsonPath.ROOT, false);
                }
            }
        }
    }

    private static boolean isStream(Answer recorded) {
        return Json.mediaType(recorded.header("content-type")).equals(Json.STREAM_TYPE)
                && recorded.body().isArray();
    }

    private void header(String name, Answer recorded, Answer answer) {
        String expected = recorded.header(name);
        String got = answer.header(name);
        boolean same =
                switch (name) {
                    case "content-type" -> contentTypes(recorded).contains(Json.mediaType(got));
                    case "location" -> Masks.mask(pathOf(expected)).equals(Masks.mask(pathOf(got)));
                    default -> name.startsWith("supported-") ? !got.isEmpty() : expected.equals(got);
                };
        if (!same) {
            differences.add(new Difference(
                    JsonPath.ROOT.child("header").child(name), expected, got.isEmpty() ? Difference.MISSING : got));
        }
    }

    /** The reference labels some of its JSON as text; the right label is as good. */
    private static Set<String> contentTypes(Answer recorded) {
        String type = Json.mediaType(recorded.header("content-type"));
        return type.equals("text/plain") && recorded.body().isContainerNode()
                ? Set.of(type, "application/json")
                : Set.of(type);
    }

    private static String pathOf(String location) {
        Matcher reference = REFERENCE.matcher(location);
        return reference.lookingAt() ? reference.group("path") : location;
    }

    private void values(JsonNode expected, JsonNode got, JsonPath path, boolean shape) {
        if (rules.ignores(path) || (isNothing(expected) && isNothing(got))) {
            return;
        }
        boolean sameKind = kind(expected).equals(kind(got));
        if (rules.typeCountsOnly(path)) {
            if (!sameKind || isEmptyText(expected) != isEmptyText(got)) {
                differences.add(new Difference(path, "a " + kind(expected), Json.plain(got)));
            }
            return;
        }
        if (!sameKind) {
            differences.add(Difference.at(path, expected, got));
        } else if (expected.isObject()) {
            objects(expected, got, path, shape);
        } else if (expected.isArray() && shape) {
            shapes(expected, got, path);
        } else if (expected.isArray()) {
            lists(expected, got, path);
        } else if (!shape && !sameScalar(expected, got)) {
            differences.add(Difference.at(path, expected, got));
        }
    }

    private void objects(JsonNode expected, JsonNode got, JsonPath path, boolean shape) {
        expected.properties().forEach(member -> {
            JsonPath place = path.child(member.getKey());
            JsonNode value = got.get(member.getKey());
            if (value != null) {
                values(member.getValue(), value, place, shape);
            } else if (!rules.ignores(place)) {
                differences.add(new Difference(place, Json.plain(member.getValue()), Difference.MISSING));
            }
        });
    }

    /** The first elements stand for all of them. */
    private void shapes(JsonNode expected, JsonNode got, JsonPath path) {
        if (expected.isEmpty()) {
            return;
        }
        if (got.isEmpty()) {
            differences.add(new Difference(path, "a list that is not empty", "[]"));
            return;
        }
        values(expected.get(0), got.get(0), path.child(0), true);
    }

    private void lists(JsonNode expected, JsonNode got, JsonPath path) {
        if (expected.size() != got.size()) {
            differences.add(Difference.at(path, expected, got));
            return;
        }
        if (rules.inAnyOrder(path)) {
            List<JsonNode> left = elements(got);
            for (int i = 0; i < expected.size(); i++) {
                take(expected.get(i), left, path.child(i));
            }
            return;
        }
        for (int i = 0; i < expected.size(); i++) {
            values(expected.get(i), got.get(i), path.child(i), false);
        }
    }

    /** Takes the first element that will do away from those left, or notes that there is none. */
    private void take(JsonNode expected, List<JsonNode> left, JsonPath path) {
        for (int i = 0; i < left.size(); i++) {
            Comparison attempt = new Comparison(rules);
            attempt.values(expected, left.get(i), path, false);
            if (attempt.differences.isEmpty()) {
                left.remove(i);
                return;
            }
        }
        differences.add(new Difference(path, Json.plain(expected), Difference.MISSING));
    }

    private void contained(JsonNode expected, JsonNode got) {
        if (!rules.contains().isEmpty()) {
            texts(got, Json.plain(got), JsonPath.ROOT);
            return;
        }
        if (!expected.isArray()) {
            return;
        }
        if (!got.isArray()) {
            differences.add(Difference.at(JsonPath.ROOT, expected, got));
            return;
        }
        List<JsonNode> left = elements(got);
        for (int i = 0; i < expected.size(); i++) {
            if (Json.text(expected.get(i)).contains(rules.match())) {
                take(expected.get(i), left, JsonPath.ROOT.child(i));
            }
        }
    }

    private void texts(JsonNode got, String text, JsonPath path) {
        for (String wanted : rules.contains()) {
            if (!text.contains(wanted)) {
                differences.add(new Difference(path, "something containing \"" + wanted + "\"", Json.plain(got)));
            }
        }
    }

    /**
     * Streams tell the same errors, and something where the reference told something; the words of progress count only if
     * the step says so.
     */
    private void stream(JsonNode expected, JsonNode got) {
        if (!got.isArray()) {
            differences.add(new Difference(STREAM, "a stream of JSON objects", Json.plain(got)));
            return;
        }
        List<String> wantedErrors = errors(expected);
        List<String> errors = errors(got);
        if (!rules.ignores(STREAM_ERROR) && !wantedErrors.equals(errors)) {
            differences.add(new Difference(STREAM.child("Error"), wantedErrors.toString(), errors.toString()));
        }
        JsonPath message = STREAM.child("Message");
        if (rules.body() == Rules.Body.EXACT) {
            if (!words(expected).equals(words(got))) {
                differences.add(new Difference(message, messages(expected), messages(got)));
            }
        } else if (speaks(expected) && !speaks(got)) {
            differences.add(new Difference(message, "at least one message", Json.text(got)));
        }
        texts(got, Json.text(got), STREAM);
    }

    private static List<String> errors(JsonNode stream) {
        return elements(stream).stream()
                .map(message -> message.path("Error").asText(""))
                .filter(error -> !error.isEmpty())
                .map(error -> Masks.mask(error).strip())
                .toList();
    }

    private static boolean speaks(JsonNode stream) {
        return elements(stream).stream().anyMatch(message -> message.has("Message"));
    }

    private static String messages(JsonNode stream) {
        return elements(stream).stream()
                .map(message -> message.path("Message").asText(""))
                .collect(Collectors.joining());
    }

    private static List<String> words(JsonNode stream) {
        return Arrays.asList(Masks.mask(messages(stream)).strip().split("\\s+"));
    }

    private static List<JsonNode> elements(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).collect(Collectors.toCollection(ArrayList::new));
    }

    /** Clients do not tell null, [] and {} apart. */
    private static boolean isNothing(JsonNode value) {
        return value.isNull() || (value.isContainerNode() && value.isEmpty());
    }

    private static boolean isEmptyText(JsonNode value) {
        return value.isTextual() && value.textValue().isEmpty();
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case NULL -> "null";
            case BOOLEAN -> "boolean";
            case NUMBER -> "number";
            case STRING -> "string";
            case ARRAY -> "array";
            case OBJECT -> "object";
            case BINARY, MISSING, POJO ->
                throw new IllegalArgumentException(value.getNodeType() + " is no type of a JSON value");
        };
    }

    private static boolean sameScalar(JsonNode expected, JsonNode got) {
        if (expected.isTextual()) {
            return Masks.sameText(expected.textValue(), got.textValue());
        }
        if (expected.isNumber()) {
            return sameNumber(expected, got);
        }
        return expected.equals(got);
    }

    /** 1 and 1.0 are one number. */
    private static boolean sameNumber(JsonNode expected, JsonNode got) {
        if (!expected.isIntegralNumber() && !got.isIntegralNumber()) {
            return expected.doubleValue() == got.doubleValue();
        }
        return isFinite(expected) && isFinite(got) && exact(expected).compareTo(exact(got)) == 0;
    }

    private static boolean isFinite(JsonNode number) {
        return number.isIntegralNumber() || Double.isFinite(number.doubleValue());
    }

    private static BigDecimal exact(JsonNode number) {
        return number.isIntegralNumber()
                ? new BigDecimal(number.bigIntegerValue())
                : new BigDecimal(number.doubleValue());
    }
}
