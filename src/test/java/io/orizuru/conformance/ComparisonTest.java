package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class ComparisonTest {
    /** A recorded answer, rules, an answer, and where that one differs. */
    private record Case(String name, Rules.Written compare, Answer recorded, Answer answer, List<String> differences) {}

    @TestFactory
    Stream<DynamicTest> answersDifferWhereTheTableSaysSo() throws IOException {
        List<Case> cases = Json.MAPPER
                .readerForListOf(Case.class)
                .readValue(Files.readAllBytes(ConformanceIT.FILES.resolve("comparison-cases.json")));
        return cases.stream()
                .map(known -> DynamicTest.dynamicTest(
                        known.name, () -> assertThat(Comparison.of(known.compare.read(), known.recorded, known.answer))
                                .extracting(difference -> difference.path().toString())
                                .containsExactlyInAnyOrderElementsOf(known.differences)));
    }
}
