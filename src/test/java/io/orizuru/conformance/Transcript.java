package io.orizuru.conformance;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A transcript file: command lines of the client in order, with what they printed against the reference. It starts from a
 * fresh server and removes what it makes.
 *
 * @param needs what the server must have for it; {@code none} is nothing special
 * @param mask pairs of a pattern and its replacement, for what differs on every run
 */
record Transcript(String name, String about, Set<String> needs, List<List<String>> mask, List<Step> steps) {
    Transcript(
            String name,
            String about,
            @Nullable Set<String> needs,
            @Nullable List<List<String>> mask,
            List<Step> steps) {
        this.name = name;
        this.about = about;
        this.needs = needs == null ? Set.of() : Set.copyOf(needs);
        this.mask = mask == null ? List.of() : List.copyOf(mask);
        this.steps = List.copyOf(steps);
    }

    /**
     * One command line.
     *
     * @param args what follows the client's name
     * @param stdin answers to its questions
     * @param home whose configuration the client has: {@code admin} is logged in, any other starts with a target only
     * @param save variable → regular expression with one group, looked up in what the client printed
     */
    record Step(
            String id,
            List<String> args,
            String stdin,
            Map<String, String> env,
            String home,
            Map<String, String> save,
            int exit,
            String stdout,
            String stderr,
            Compare compare) {
        Step(
                String id,
                List<String> args,
                @Nullable String stdin,
                @Nullable Map<String, String> env,
                @Nullable String home,
                @Nullable Map<String, String> save,
                int exit,
                @Nullable String stdout,
                @Nullable String stderr,
                @Nullable Compare compare) {
            this.id = id;
            this.args = List.copyOf(args);
            this.stdin = stdin == null ? "" : stdin;
            this.env = env == null ? Map.of() : Map.copyOf(env);
            this.home = home == null ? "admin" : home;
            this.save = save == null ? Map.of() : Map.copyOf(save);
            this.exit = exit;
            this.stdout = stdout == null ? "" : stdout;
            this.stderr = stderr == null ? "" : stderr;
            this.compare = compare == null ? Compare.EXACTLY : compare;
        }

        Said recorded() {
            return new Said(exit, stdout, stderr);
        }
    }

    /** How a command ended and what it printed. */
    record Said(int exit, String stdout, String stderr) {
        Said(int exit, @Nullable String stdout, @Nullable String stderr) {
            this.exit = exit;
            this.stdout = stdout == null ? "" : stdout;
            this.stderr = stderr == null ? "" : stderr;
        }
    }

    /** How what it printed is compared: {@code LINES} in any order, {@code CONTAINS} and {@code NONE} not at all. */
    enum Output {
        @JsonProperty("exact")
        EXACT,
        @JsonProperty("lines")
        LINES,
        @JsonProperty("contains")
        CONTAINS,
        @JsonProperty("none")
        NONE
    }

    /**
     * The rules of a step.
     *
     * @param contains texts that must be somewhere in the output or the errors
     * @param lacks texts that must not
     * @param stderr whether errors are compared; null: when the recorded command failed and {@code exit} is not given
     * @param exit a code, {@code any} or {@code nonzero}; null: the recorded one
     */
    record Compare(
            List<List<String>> mask,
            List<String> contains,
            List<String> lacks,
            Output stdout,
            @Nullable Boolean stderr,
            @Nullable JsonNode exit) {
        static final Compare EXACTLY = new Compare(null, null, null, null, null, null);

        Compare(
                @Nullable List<List<String>> mask,
                @Nullable List<String> contains,
                @Nullable List<String> lacks,
                @Nullable Output stdout,
                @Nullable Boolean stderr,
                @Nullable JsonNode exit) {
            this.mask = mask == null ? List.of() : List.copyOf(mask);
            this.contains = contains == null ? List.of() : List.copyOf(contains);
            this.lacks = lacks == null ? List.of() : List.copyOf(lacks);
            this.stdout = stdout == null ? Output.EXACT : stdout;
            this.stderr = stderr;
            this.exit = exit;
        }
    }

    /**
     * The transcripts of a folder, by file name.
     *
     * @throws UncheckedIOException if a file cannot be read or holds a key that no transcript has
     */
    static List<Transcript> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Transcript::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Transcript read(Path file) {
        try {
            return Json.MAPPER.readValue(Files.readAllBytes(file), Transcript.class);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " is no transcript", e);
        }
    }
}
