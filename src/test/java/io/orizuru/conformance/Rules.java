package io.orizuru.conformance;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a step's answer is compared: its {@code compare} object.
 *
 * @param ignore places that do not count
 * @param typeOnly places of which only the JSON type counts
 * @param exact places whose value counts though their key is volatile
 * @param unordered lists whose order does not count
 * @param contains texts that must be there
 * @param match with {@link Body#CONTAINS} and no texts, only recorded elements that hold this text count
 * @param status further statuses that will do
 * @param headers whether headers count
 */
record Rules(
        List<JsonPath> ignore,
        List<JsonPath> typeOnly,
        List<JsonPath> exact,
        List<JsonPath> unordered,
        List<String> contains,
        String match,
        Set<Integer> status,
        Body body,
        boolean headers) {

    /** Which part of the body counts, and how. */
    enum Body {
        @JsonProperty("stream")
        ALL,
        @JsonProperty("exact")
        EXACT,
        @JsonProperty("shape")
        SHAPE,
        @JsonProperty("contains")
        CONTAINS,
        @JsonProperty("none")
        NONE
    }

    /** The object as it stands in a scenario file; everything may be left out. */
    record Written(
            @Nullable List<String> ignore,
            @JsonProperty("type_only") @Nullable List<String> typeOnly,
            @Nullable List<String> exact,
            @Nullable List<String> unordered,
            @Nullable List<String> contains,
            @Nullable String match,
            @Nullable Set<Integer> status,
            @Nullable Body body,
            @Nullable Boolean headers) {

        static final Written NOTHING = new Written(null, null, null, null, null, null, null, null, null);

        Rules read() {
            return new Rules(
                    paths(ignore),
                    paths(typeOnly),
                    paths(exact),
                    paths(unordered),
                    contains == null ? List.of() : contains,
                    match == null ? "" : match,
                    status == null ? Set.of() : status,
                    body == null ? Body.ALL : body,
                    headers == null || headers);
        }

        private static List<JsonPath> paths(@Nullable List<String> written) {
            return written == null
                    ? List.of()
                    : written.stream().map(JsonPath::parse).toList();
        }
    }

    boolean ignores(JsonPath path) {
        return any(ignore, path);
    }

    boolean inAnyOrder(JsonPath path) {
        return any(unordered, path);
    }

    boolean typeCountsOnly(JsonPath path) {
        if (any(exact, path)) {
            return false;
        }
        return any(typeOnly, path) || path.key().filter(Masks::isVolatile).isPresent();
    }

    /**
     * Whether a status will do. Where the reference answered 500 to somebody's mistake, any client error is as good.
     */
    boolean accepts(int recorded, int got) {
        return recorded == got || status.contains(got) || (recorded == 500 && got >= 400 && got <= 500);
    }

    private static boolean any(List<JsonPath> patterns, JsonPath path) {
        return patterns.stream().anyMatch(pattern -> pattern.covers(path));
    }
}
