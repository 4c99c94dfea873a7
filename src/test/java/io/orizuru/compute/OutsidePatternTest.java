package io.orizuru.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.orizuru.failure.Failure;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutsidePatternTest {
    /** Each of them takes a time that is a power of the text's length, or more, where it is tried by going back. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                ".*.*.*.*.*.*x",
                "(a+)+x",
                "(a|a)*x",
                "(a|aa)+x",
                "^(a?){30}a{30}x",
                "(.*a){12}x",
                "a*a*a*a*a*x",
                "(\\w+\\s?)+x",
                "\\s*(a*)*\\s*x"
            })
    void aTextOfTwiceTheLengthIsLookedThroughInTwiceTheSteps(String evil) {
        OutsidePattern pattern = OutsidePattern.of(evil);
        long once = pattern.stepsIn("a".repeat(20_000));
        long twice = pattern.stepsIn("a".repeat(40_000));
        assertThat(once).isLessThanOrEqualTo(4 * 20_000 + 100);
        assertThat(twice).isLessThanOrEqualTo(2 * once + 100);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "(?=a)b;a lookahead",
                "(?!a)b;a lookahead",
                "(?<=a)b;a lookbehind",
                "(?<!a)b;a lookbehind",
                "(a)\\1;a back reference",
                "(?>a)b;an atomic group",
                "a*+b;a possessive quantifier",
                "(a;missing closing )",
                "a{1001};invalid repeat count",
                "a{1000}{1000};write smaller numbers",
                "((a{100}){100}){100};write smaller numbers",
                "(?:(?:\\pL{99}[a-z]?){99})+;write smaller numbers"
            })
    void whatCannotBeMatchedInBoundedTimeIsNamed(String text, String why) {
        assertThatThrownBy(() -> OutsidePattern.of(text))
                .isInstanceOf(Failure.class)
                .hasMessageContaining(text)
                .hasMessageContaining(why);
    }

    @Test
    void oneThatIsTooLongOrNestedTooDeeplyIsRefused() {
        assertThatThrownBy(() -> OutsidePattern.of("a".repeat(1001))).hasMessageContaining("1001 characters");
        // Whatever it is, it is no error of the machine.
        String deep = "(".repeat(499) + "a" + ")*".repeat(499);
        try {
            assertThat(OutsidePattern.of(deep).isIn("b")).isTrue();
        } catch (Failure refused) {
            assertThat(refused).hasMessageContaining("regular expression");
        }
    }

    @Test
    void usualOnesFindWhatTheyAreFor() {
        assertThat(OutsidePattern.of("^ok$").isIn("ok")).isTrue();
        assertThat(OutsidePattern.of("status.*up").isIn("status:\n up"))
                .as("a dot is any character")
                .isTrue();
        assertThat(OutsidePattern.of("(?i)WORKING").isIn("working")).isTrue();
        assertThat(OutsidePattern.of("a{2,3}[^]x]\\x{41}\\Q(\\E").isIn("aabA(")).isTrue();
        assertThat(OutsidePattern.of("x").isIn("abc")).isFalse();
    }

    @Test
    void lookingForOneEndsWithItsTimeAndTheCallersTurnWithIt() {
        OutsidePattern large = OutsidePattern.of("(a?[ab]?[abc]?){400}x");
        String text = "abcab".repeat(1 << 18);
        assertThatThrownBy(() -> large.isIn("caller", Duration.ofMillis(100), text))
                .isInstanceOf(Overlong.class);
        assertThat(OutsidePattern.of("b").isIn("caller", Duration.ofSeconds(20), "abc"))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "*,anything,true",
        "a*,abc,true",
        "a*,b,false",
        "*c,abc,true",
        "a*c,abc,true",
        "a*c,ac,true",
        "a*a,a,false",
        "abc,abc,true",
        "abc,abcd,false",
        "a*b*c,a-b-c,true",
        "a*b*c,a-c-b,false",
        "a.c,abc,false"
    })
    void aStarStandsForAnyCharacters(String glob, String value, boolean matches) {
        assertThat(Glob.matches(glob, value)).isEqualTo(matches);
    }
}
