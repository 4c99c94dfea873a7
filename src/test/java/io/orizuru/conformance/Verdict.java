package io.orizuru.conformance;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Holds what became of a step against what the ledger and the deviations say of it. */
record Verdict(Ledger ledger, Map<StepKey, Deviation> deviations) {
    /** What is wrong with an outcome; empty when it is as expected. */
    Optional<String> complaint(StepKey key, Replay.Outcome outcome) {
        Deviation deviation = deviations.get(key);
        if (deviation != null) {
            return complaint(key, outcome, deviation);
        }
        boolean listed = ledger.steps().contains(key);
        if (listed && !outcome.passed()) {
            return Optional.of(key + " no longer passes:" + lines(outcome.differences()));
        }
        if (!listed && outcome.passed()) {
            return Optional.of(key + " passes, but is not in the ledger");
        }
        return Optional.empty();
    }

    private static Optional<String> complaint(StepKey key, Replay.Outcome outcome, Deviation deviation) {
        if (outcome.passed()) {
            return Optional.of(key + " passes as recorded, but is listed as a deviation");
        }
        Answer ours = outcome.variables().in(deviation.expected(outcome.step().recordedAnswer()));
        List<Difference> differences = Comparison.of(outcome.step().compare().read(), ours, outcome.answer());
        return differences.isEmpty()
                ? Optional.empty()
                : Optional.of(key + " deviates otherwise than listed:" + lines(differences));
    }

    private static String lines(List<Difference> differences) {
        return differences.stream().map(difference -> "\n    " + difference).collect(Collectors.joining());
    }
}
