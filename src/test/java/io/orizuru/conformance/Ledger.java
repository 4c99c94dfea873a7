package io.orizuru.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The steps that are answered as recorded, one a line, sorted. */
record Ledger(SortedSet<StepKey> steps) {
    private static final List<String> HEAD = List.of(
            "# The recorded steps that the server answers as its reference did: reference/scenario/step, sorted.",
            "# Written by the conformance test with -Dledger.write=true; a line goes only with a reason in the commit.");

    Ledger {
        steps = Collections.unmodifiableSortedSet(new TreeSet<>(steps));
    }

    /**
     * Reads a ledger; lines that start with {@code #} are comments.
     *
     * @throws IllegalArgumentException if a line names no step, or is not after the line before it
     */
    static Ledger read(Path file) throws IOException {
        SortedSet<StepKey> steps = new TreeSet<>();
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            StepKey step = StepKey.parse(line.strip());
            if (!steps.isEmpty() && steps.last().compareTo(step) >= 0) {
                throw new IllegalArgumentException(
                        "the ledger's line " + step + " must be after " + steps.last() + ", and there once");
            }
            steps.add(step);
        }
        return new Ledger(steps);
    }

    /** The steps that pass now, and those listed of scenarios that were not replayed. */
    Ledger after(Collection<StepKey> passed, Predicate<StepKey> replayed) {
        return new Ledger(Stream.concat(passed.stream(), steps.stream().filter(replayed.negate()))
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    void write(Path file) throws IOException {
        Files.write(
                file,
                Stream.concat(HEAD.stream(), steps.stream().map(StepKey::toString))
                        .toList());
    }
}
