package io.orizuru.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.conformance.Transcript.Compare;
import io.orizuru.conformance.Transcript.Output;
import io.orizuru.conformance.Transcript.Said;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Compares what a client printed with what it printed once, but for what differs on every run and the widths of tables. */
final class Terminal {
    private static final String CLOCK = "\\d\\d:\\d\\d(?::\\d\\d)? [A-Z+\\-0-9]{3,6}\\b";

    /** Applied in this order, after those of all answers. */
    private static final List<List<String>> MASKS = List.of(
            List.of("\\x1b\\[[0-9;]*m", ""),
            List.of("\\b\\d\\d? [A-Z][a-z]{2} \\d\\d " + CLOCK, "<date>"),
            List.of("\\b[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} " + CLOCK, "<date>"),
            List.of("\\b\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\b(?: [+-]\\d{4})?", "<date>"),
            List.of("\\b\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?:?", "<time>"),
            List.of("\\(\\d\\d:\\d\\d\\)", "(<duration>)"),
            List.of("\\([0-9.]+(?:ns|µs|ms|s|m|h)[0-9.smhnµ]*\\)", "(<duration>)"),
            List.of("(^| )\\d+(?:s|m|h|d)\\b(?= |$|,)", "$1<duration>"));

    private Terminal() {}

    /**
     * All that is not as recorded, a line each; empty when it will do.
     *
     * @param masks the transcript's own, of which the step's come first
     */
    static List<String> differences(Compare rules, List<List<String>> masks, Said recorded, Said got) {
        List<String> found = new ArrayList<>();
        if (!sameExit(rules, recorded.exit(), got.exit())) {
            found.add("exit code: expected " + (rules.exit() == null ? recorded.exit() : rules.exit()) + ", got "
                    + got.exit()
                    + (got.stderr().isBlank() ? "" : ": " + got.stderr().strip()));
        }
        List<List<String>> own = new ArrayList<>(rules.mask());
        own.addAll(masks);
        output(found, "stdout", rules.stdout(), own, recorded.stdout(), got.stdout());
        boolean errorsCount = rules.stderr() == null ? recorded.exit() != 0 && rules.exit() == null : rules.stderr();
        if (errorsCount) {
            output(found, "stderr", Output.EXACT, own, recorded.stderr(), got.stderr());
        }
        String all = got.stdout() + got.stderr();
        rules.contains().stream()
                .filter(text -> !all.contains(text))
                .forEach(text -> found.add("nowhere in the output: " + text));
        rules.lacks().stream().filter(all::contains).forEach(text -> found.add("should not be in the output: " + text));
        return found;
    }

    private static boolean sameExit(Compare rules, int recorded, int got) {
        JsonNode exit = rules.exit();
        if (exit == null) {
            return recorded == got;
        }
        return switch (exit.asText()) {
            case "any" -> true;
            case "nonzero" -> got != 0;
            default -> exit.intValue() == got;
        };
    }

    private static void output(
            List<String> found, String label, Output how, List<List<String>> masks, String recorded, String got) {
        if (how == Output.NONE || how == Output.CONTAINS) {
            return;
        }
        List<String> wanted = lines(recorded, masks);
        List<String> there = lines(got, masks);
        if (how == Output.LINES) {
            wanted = wanted.stream().filter(line -> !line.isEmpty()).sorted().toList();
            there = there.stream().filter(line -> !line.isEmpty()).sorted().toList();
        }
        if (!wanted.equals(there)) {
            found.add(label + ": expected\n" + String.join("\n", wanted) + "\n      got\n" + String.join("\n", there));
        }
    }

    /** Masked, with one blank for each run of them, and without what is empty at the end. */
    private static List<String> lines(String text, List<List<String>> masks) {
        String masked = masked(Masks.mask(masked(text, masks)), MASKS);
        return Arrays.stream(masked.stripTrailing().split("\r?\n"))
                .map(line -> line.replaceAll("-{3,}", "--")
                        .replaceAll("[ \\t]+", " ")
                        .stripTrailing())
                .toList();
    }

    private static String masked(String text, List<List<String>> masks) {
        String masked = text;
        for (List<String> mask : masks) {
            masked = Pattern.compile(mask.get(0), Pattern.MULTILINE)
                    .matcher(masked)
                    .replaceAll(mask.get(1).replaceAll("\\\\(\\d)", "\\$$1"));
        }
        return masked;
    }
}
