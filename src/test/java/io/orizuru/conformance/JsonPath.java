package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A place in a JSON document, such as {@code units[0].ID}. Read as a pattern, {@code *} stands for one level and
 * {@code **} for any number of them.
 *
 * @param parts keys and indexes from the root; none is the document itself
 */
record JsonPath(List<String> parts) {
    static final JsonPath ROOT = new JsonPath(List.of());

    private static final Pattern INDEX = Pattern.compile("\\[([^]]*)]");
    /** Stands for an escaped dot while the text is cut at its dots. */
    private static final char ESCAPED_DOT = '\0';

    JsonPath {
        parts = List.copyOf(parts);
    }

    /** Reads {@code $.apps[0].name}; the {@code $} may be left out, {@code \.} is a dot inside a key. */
    static JsonPath parse(String text) {
        String relative = text.startsWith("$") ? text.substring(1) : text;
        String dotted = INDEX.matcher(relative.replace("\\.", String.valueOf(ESCAPED_DOT)))
                .replaceAll(".$1");
        return new JsonPath(Stream.of(dotted.split("\\."))
                .filter(Predicate.not(String::isEmpty))
                .map(part -> part.replace(ESCAPED_DOT, '.'))
                .toList());
    }

    JsonPath child(String key) {
        List<String> longer = new ArrayList<>(parts);
        longer.add(key);
        return new JsonPath(longer);
    }

    JsonPath child(int index) {
        return child(String.valueOf(index));
    }

    /** The last key; empty at the root. */
    Optional<String> key() {
        return parts.isEmpty() ? Optional.empty() : Optional.of(parts.getLast());
    }

    /** Whether this path, read as a pattern, covers a concrete one. */
    boolean covers(JsonPath concrete) {
        return covers(parts, concrete.parts);
    }

    private static boolean covers(List<String> pattern, List<String> path) {
        if (pattern.isEmpty()) {
            return path.isEmpty();
        }
        List<String> rest = pattern.subList(1, pattern.size());
        if (pattern.getFirst().equals("**")) {
            for (int skipped = 0; skipped <= path.size(); skipped++) {
                if (covers(rest, path.subList(skipped, path.size()))) {
                    return true;
                }
            }
            return false;
        }
        if (path.isEmpty()) {
            return false;
        }
        return (pattern.getFirst().equals("*") || pattern.getFirst().equals(path.getFirst()))
                && covers(rest, path.subList(1, path.size()));
    }

    /** The value here, which may be a JSON null; a negative index counts from the end. */
    Optional<JsonNode> in(JsonNode document) {
        JsonNode value = document;
        for (String part : parts) {
            JsonNode next = null;
            if (value.isObject()) {
                next = value.get(part);
            } else if (value.isArray() && part.matches("-?\\d{1,9}")) {
                int index = Integer.parseInt(part);
                next = value.get(index < 0 ? index + value.size() : index);
            }
            if (next == null) {
                return Optional.empty();
            }
            value = next;
        }
        return Optional.of(value);
    }

    @Override
    public String toString() {
        return parts.stream()
                .map(part -> part.matches("\\d+") ? "[" + part + "]" : "." + part)
                .collect(Collectors.joining("", "$", ""));
    }
}
