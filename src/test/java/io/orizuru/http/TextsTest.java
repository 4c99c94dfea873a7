package io.orizuru.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextsTest {
    @ParameterizedTest
    @ValueSource(strings = {"%00", "a%00", "%ff", "%c0%80", "%ed%a0%80", "%", "%4", "%zz", "%-1", "%f4%90%80%80"})
    void whatIsNoTextIsRefused(String raw) {
        assertThatThrownBy(() -> Texts.ofForm(raw, "x")).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> Texts.ofPath("/" + raw)).isInstanceOf(Failure.class);
    }

    @Test
    void textIsDecodedOnce() {
        assertThat(Texts.ofForm("%2525+%41%0a", "x")).isEqualTo("%25 A\n");
        assertThat(Texts.ofForm("ü%c3%bc", "x")).isEqualTo("üü");
        assertThat(Texts.ofPath("/a%2525+b")).isEqualTo("/a%25+b");
        assertThat(Texts.ofForm("%F0%9F%92%A3", "x")).isEqualTo("\uD83D\uDCA3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%0a", "%1b", "%7f", "%c2%9b"})
    void aPathHoldsNoControlCharacter(String raw) {
        assertThatThrownBy(() -> Texts.ofPath("/" + raw)).isInstanceOf(Failure.class);
    }

    @Test
    void halvesOfCharactersAreRefused() {
        for (String half : List.of("\ud800", "a\udc00", "\udc00\ud800")) {
            assertThatThrownBy(() -> Texts.checked(half, "x"))
                    .isInstanceOf(Failure.class)
                    .hasMessageContaining("U+D");
        }
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        assertThatThrownBy(() -> Texts.utf8(new byte[] {(byte) 0xc3}, "x")).isInstanceOf(Failure.class);
        assertThat(Texts.utf8("ü".getBytes(StandardCharsets.UTF_8), "x")).isEqualTo("ü");
    }

    @Test
    void aFormHasNoMoreFieldsThanItMay() {
        assertThat(Form.fields("a=1&b&a=2&&", new Items(3)))
                .isEqualTo(Map.of("a", List.of("1", "2"), "b", List.of("")));
        assertThatThrownBy(() -> Form.fields("a&b&c&d", new Items(3))).isInstanceOf(Failure.class);
        assertThatThrownBy(() -> Form.fields("n".repeat(2_000), new Items(3))).isInstanceOf(Failure.class);
    }
}
