package io.orizuru.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.conformance.Transcript.Compare;
import io.orizuru.conformance.Transcript.Said;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private static final List<List<String>> NONE = List.of();

    @Test
    void widthsDatesAndDurationsDoNotCount() {
        assertThat(Terminal.differences(
                        Compare.EXACTLY,
                        NONE,
                        new Said(0, "+-----+\n| a   | 2026-01-02 03:04:05\nAge: 3m\n\n", ""),
                        new Said(0, "+---+\n| a | 2027-11-12 13:14:15\nAge: 12s", "")))
                .isEmpty();
        assertThat(Terminal.differences(Compare.EXACTLY, NONE, new Said(0, "a b", ""), new Said(0, "ab", "")))
                .hasSize(1);
    }

    @Test
    void errorsCountWhenTheCommandFailed() {
        assertThat(Terminal.differences(Compare.EXACTLY, NONE, new Said(0, "", "a"), new Said(0, "", "b")))
                .isEmpty();
        assertThat(Terminal.differences(Compare.EXACTLY, NONE, new Said(1, "", "a"), new Said(1, "", "b")))
                .containsExactly("stderr: expected\na\n      got\nb");
        assertThat(Terminal.differences(Compare.EXACTLY, NONE, new Said(1, "", "a"), new Said(0, "", "a")))
                .containsExactly("exit code: expected 1, got 0: a");
    }

    @Test
    void aStepHasRulesOfItsOwn() {
        Compare lines =
                new Compare(null, List.of("x"), List.of("secret"), Transcript.Output.LINES, null, Json.of("\"any\""));
        assertThat(Terminal.differences(lines, NONE, new Said(0, "x\ny\n", ""), new Said(3, "y\nx", "")))
                .isEmpty();
        assertThat(Terminal.differences(lines, NONE, new Said(0, "z", ""), new Said(0, "z", "secret")))
                .containsExactly("nowhere in the output: x", "should not be in the output: secret");
        assertThat(Terminal.differences(
                        Compare.EXACTLY,
                        List.of(List.of("^(Router:\\s+)\\S+", "\\1<router>")),
                        new Said(0, "a\nRouter: main", ""),
                        new Said(0, "a\nRouter: edge", "")))
                .isEmpty();
    }
}
