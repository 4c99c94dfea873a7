package io.orizuru.conformance;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A scenario file: requests in order, with the answers that the reference gave. It starts from a fresh server and removes
 * what it makes.
 *
 * @param needs what the server must have for it; {@code none} is nothing special
 * @param variables values that the steps refer to as {@code ${name}}
 */
record Scenario(
        String name,
        String about,
        String reference,
        Set<String> needs,
        Map<String, JsonNode> variables,
        List<Step> steps) {

    Scenario(
            String name,
            String about,
            String reference,
            @Nullable Set<String> needs,
            @Nullable Map<String, JsonNode> variables,
            List<Step> steps) {
        this.name = name;
        this.about = about;
        this.reference = reference;
        this.needs = needs == null ? Set.of() : Set.copyOf(needs);
        this.variables = variables == null ? Map.of() : Map.copyOf(variables);
        this.steps = List.copyOf(steps);
    }

    /**
     * One request, or the end of one that was sent in the background.
     *
     * @param id unique in the scenario
     * @param caller {@code admin}, {@code anonymous} or the variable that holds a token
     * @param save variable → JSON path, or {@code header:Name}
     * @param background send it, and go on after {@code headStart} seconds
     * @param join the background step whose answer is taken now
     */
    record Step(
            String id,
            @JsonProperty("as") String caller,
            Request request,
            Map<String, String> save,
            @Nullable Poll poll,
            boolean background,
            @JsonProperty("head_start") @Nullable Double headStart,
            @Nullable String join,
            @Nullable Answer recorded,
            Rules.Written compare) {

        private static final double DEFAULT_HEAD_START = 0.5;

        Step(
                String id,
                @JsonProperty("as") @Nullable String caller,
                Request request,
                @Nullable Map<String, String> save,
                @Nullable Poll poll,
                boolean background,
                @JsonProperty("head_start") @Nullable Double headStart,
                @Nullable String join,
                @Nullable Answer recorded,
                Rules.@Nullable Written compare) {
            this.id = id;
            this.caller = caller == null ? "admin" : caller;
            this.request = request;
            this.save = save == null ? Map.of() : Map.copyOf(save);
            this.poll = poll;
            this.background = background;
            this.headStart = headStart == null ? DEFAULT_HEAD_START : headStart;
            this.join = join;
            this.recorded = recorded;
            this.compare = compare == null ? Rules.Written.NOTHING : compare;
        }

        /** @throws IllegalStateException if it is a step that only starts in the background */
        Answer recordedAnswer() {
            if (recorded == null) {
                throw new IllegalStateException("the step " + id + " has no recorded answer");
            }
            return recorded;
        }
    }

    /** A request as it is written: at most one of form, json, text and multipart. */
    record Request(
            @Nullable String method,
            @Nullable String path,
            @Nullable JsonNode query,
            @Nullable Map<String, String> headers,
            @Nullable JsonNode form,
            @Nullable JsonNode json,
            @Nullable String text,
            @Nullable JsonNode multipart) {}

    /** Repeat a request for at most so many seconds until its answer has a status, and a value at a path. */
    record Poll(
            double seconds,
            @Nullable Integer status,
            @Nullable String path,
            @JsonProperty("equals") @Nullable JsonNode value) {

        boolean holds(Answer answer) {
            if (status != null && status != answer.status()) {
                return false;
            }
            if (path == null) {
                return true;
            }
            return JsonPath.parse(path)
                    .in(answer.body())
                    .map(found -> value == null ? found.isNull() : found.equals(value))
                    .orElse(false);
        }

        Duration atMost() {
            return Duration.ofNanos((long) (seconds * 1e9));
        }
    }

    /**
     * The scenarios of a folder, by file name.
     *
     * @throws UncheckedIOException if a file cannot be read or holds a key that no scenario has
     */
    static List<Scenario> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Scenario::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Scenario read(Path file) {
        try {
            return Json.MAPPER.readValue(Files.readAllBytes(file), Scenario.class);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " is no scenario", e);
        }
    }
}
