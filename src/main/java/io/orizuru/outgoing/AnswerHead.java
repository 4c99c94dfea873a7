package io.orizuru.outgoing;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The beginning of an answer.
 *
 * @param status 200 to 599
 * @param headers by name, whatever its case; the values in the order in which they came
 * @param address where the answer comes from in the end, after redirects
 */
public record AnswerHead(int status, Map<String, List<String>> headers, String address) {
    /** The first value of a header, whatever its case. */
    public Optional<String> header(String name) {
        return headers.getOrDefault(name, List.of()).stream().findFirst();
    }
}
