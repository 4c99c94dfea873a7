package io.orizuru.testing;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/**
 * What the API must serve, condensed from the reference's contract by {@code testkit/condense-contract.py}.
 *
 * @param routes what the reference serves
 * @param aliases documented paths that no route answers, and that are served all the same
 */
public record Contract(List<Route> routes, List<Alias> aliases) {
    private static final String FILE = "/contract/operations.json";

    /**
     * A route of the reference.
     *
     * @param title as the API reference names it; empty where it does not
     * @param method {@code *} is any
     * @param path without a version prefix
     * @param since the only version prefix that it answers to, besides none
     * @param auth whether it needs credentials
     * @param permissions that it looks at
     * @param eventKind of the event that it writes; empty if it writes none
     * @param cancelable whether that event can be canceled
     * @param batch 1 is built first
     * @param servedBy the reference's versions that have it
     * @param statuses documented ones; empty where none are
     */
    public record Route(
            String title,
            String method,
            String path,
            String since,
            boolean auth,
            List<String> permissions,
            @JsonProperty("event_kind") List<String> eventKind,
            boolean cancelable,
            String group,
            int batch,
            @JsonProperty("in") List<String> servedBy,
            List<Integer> statuses) {}

    /** A documented path; one that begins with a version has no other prefix. */
    public record Alias(String title, String method, String path, String group, int batch, List<Integer> statuses) {}

    /** Reads it from the test resources. */
    public static Contract read() {
        try (InputStream file = Contract.class.getResourceAsStream(FILE)) {
            return new JsonMapper().readValue(Objects.requireNonNull(file, FILE), Contract.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
