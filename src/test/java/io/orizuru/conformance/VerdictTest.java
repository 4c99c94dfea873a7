package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerdictTest {
    private static final StepKey KEY = StepKey.parse("1.12/apps/01-list");
    private static final Ledger EMPTY = new Ledger(new TreeSet<>());
    private static final Ledger LISTED = new Ledger(new TreeSet<>(Set.of(KEY)));

    @TempDir
    Path folder;

    @Test
    void aListedStepMustPass() {
        assertThat(new Verdict(LISTED, Map.of()).complaint(KEY, outcome(200, "as recorded")))
                .isEmpty();
        assertThat(new Verdict(LISTED, Map.of()).complaint(KEY, outcome(200, "other")))
                .hasValue("""
                1.12/apps/01-list no longer passes:
                    $: expected as recorded, got other""");
    }

    @Test
    void aStepThatPassesMustBeListed() {
        assertThat(new Verdict(EMPTY, Map.of()).complaint(KEY, outcome(200, "as recorded")))
                .hasValue("1.12/apps/01-list passes, but is not in the ledger");
        assertThat(new Verdict(EMPTY, Map.of()).complaint(KEY, outcome(200, "other")))
                .isEmpty();
    }

    @Test
    void aDeviationMustBeAnsweredAsItSays() throws IOException {
        Verdict verdict = new Verdict(EMPTY, deviations());

        assertThat(verdict.complaint(KEY, outcome(409, "ours"))).isEmpty();
        assertThat(verdict.complaint(KEY, outcome(409, "not ours"))).hasValue("""
                1.12/apps/01-list deviates otherwise than listed:
                    $: expected ours, got not ours""");
        assertThat(verdict.complaint(KEY, outcome(200, "as recorded")))
                .hasValue("1.12/apps/01-list passes as recorded, but is listed as a deviation");
    }

    @Test
    void aDeviationQuotesTheScenario() throws IOException {
        Deviation deviation = Objects.requireNonNull(deviations().get(KEY));

        assertThat(deviation.quotes(new Answer(200, Map.of(), Json.of("as recorded"))))
                .isTrue();
        assertThat(deviation.quotes(new Answer(200, Map.of(), Json.of("something else"))))
                .isFalse();
        assertThat(deviation.quotes(new Answer(201, Map.of(), Json.of("as recorded"))))
                .isFalse();
    }

    @Test
    void aLedgerIsReadAsItIsWritten() throws IOException {
        Path file = folder.resolve("ledger.txt");
        LISTED.write(file);

        assertThat(Ledger.read(file)).isEqualTo(LISTED);
    }

    @Test
    void aLedgerKeepsTheStepsOfScenariosThatWereNotReplayed() {
        StepKey other = StepKey.parse("1.31/jobs/01-create");
        StepKey gone = StepKey.parse("1.12/apps/02-gone");
        Ledger before = new Ledger(new TreeSet<>(Set.of(other, gone)));

        assertThat(before.after(List.of(KEY), step -> step.scenario().equals("apps"))
                        .steps())
                .containsExactly(KEY, other);
    }

    @Test
    void aLedgerOutOfOrderIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("ledger.txt"), "# head\n1.12/b/1\n1.12/a/1\n");

        assertThatThrownBy(() -> Ledger.read(file))
                .hasMessage("the ledger's line 1.12/a/1 must be after 1.12/b/1, and there once");
    }

    @Test
    void aLineThatNamesNoStepIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("ledger.txt"), "1.12/b\n");

        assertThatThrownBy(() -> Ledger.read(file))
                .hasMessage("\"1.12/b\" does not name a step as reference/scenario/step");
    }

    @Test
    void everyLedgerLineAndDeviationNamesAStepOfAScenario() throws IOException {
        Map<StepKey, Scenario.Step> known = ConformanceIT.REFERENCES.stream()
                .flatMap(reference -> Scenario.in(
                                ConformanceIT.FILES.resolve("scenarios").resolve(reference))
                        .stream()
                        .flatMap(scenario -> scenario.steps().stream()
                                .filter(step -> step.recorded() != null)
                                .map(step -> Map.entry(new StepKey(reference, scenario.name(), step.id()), step))))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        Ledger ledger = Ledger.read(ConformanceIT.FILES.resolve("ledger.txt"));
        Map<StepKey, Deviation> deviations = Deviation.read(ConformanceIT.FILES.resolve("deviations.yaml"));

        assertThat(known).hasSize(2381);
        assertThat(known.keySet()).containsAll(ledger.steps()).containsAll(deviations.keySet());
        assertThat(ledger.steps()).noneMatch(deviations::containsKey);
        assertThat(deviations).allSatisfy((key, deviation) -> assertThat(
                        deviation.quotes(Objects.requireNonNull(known.get(key)).recordedAnswer()))
                .as("%s quotes its scenario", key)
                .isTrue());
    }

    private Map<StepKey, Deviation> deviations() throws IOException {
        Path file = Files.writeString(folder.resolve("deviations.yaml"), """
                - step: 1.12/apps/01-list
                  reason: the reference forgets something
                  recorded: {status: 200, body: as recorded}
                  ours: {status: 409, body: "ours"}
                """);
        return Deviation.read(file);
    }

    private static Replay.Outcome outcome(int status, String body) {
        Answer recorded = new Answer(200, Map.of(), Json.of("as recorded"));
        Answer answer = new Answer(status, Map.of(), Json.of(body));
        Scenario.Step step = new Scenario.Step(
                "01-list",
                null,
                new Scenario.Request("GET", "/apps", null, null, null, null, null, null),
                null,
                null,
                false,
                null,
                null,
                recorded,
                null);
        return new Replay.Outcome(
                step,
                answer,
                new Variables(Map.of()),
                Comparison.of(step.compare().read(), recorded, answer));
    }
}
