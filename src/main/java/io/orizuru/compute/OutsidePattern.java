package io.orizuru.compute;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.orizuru.failure.Failure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.stream.Collectors;

/**
 * A regular expression that somebody outside wrote. It is one of RE2: looking for it takes a time that grows with the length of
 * the text and with the size of the expression, and no faster. Both are bounded.
 */
public final class OutsidePattern {
    /** In characters. */
    public static final int LONGEST = 1000;
    /** In steps of the program that it becomes. */
    static final int LARGEST = 5000;

    /** What people know from elsewhere, by how it begins. */
    private static final Map<String, java.util.regex.Pattern> UNKNOWN = Map.of(
            "a lookahead such as (?=…) or (?!…)", java.util.regex.Pattern.compile("\\(\\?[=!]"),
            "a lookbehind such as (?<=…) or (?<!…)", java.util.regex.Pattern.compile("\\(\\?<[=!]"),
            "an atomic group such as (?>…)", java.util.regex.Pattern.compile("\\(\\?>"),
            "a back reference such as \\1 or \\k<name>", java.util.regex.Pattern.compile("\\\\(?:[1-9]|k[<{'])"),
            "a possessive quantifier such as *+", java.util.regex.Pattern.compile("[*+?}]\\+"));

    /** How RE2/J writes the flag before a whole expression. */
    private static final String DOT_IS_ANY = "(?s)";

    private final Pattern pattern;

    private OutsidePattern(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Reads one. A dot matches newlines.
     *
     * @throws Failure invalid; its message names the expression, what is wrong with it, and what may be written
     */
    public static OutsidePattern of(String text) {
        if (text.length() > LONGEST) {
            throw Failure.invalid("the regular expression \"" + text.substring(0, 60) + "…\" has " + text.length()
                    + " characters; it may have " + LONGEST + ": shorten it");
        }
        int size = PatternSize.of(text, LARGEST);
        if (size > LARGEST) {
            throw tooLarge(text);
        }
        try {
            Pattern pattern = Pattern.compile(text, Pattern.DOTALL);
            if (pattern.programSize() > 2 * LARGEST) {
                throw tooLarge(text);
            }
            return new OutsidePattern(pattern);
        } catch (PatternSyntaxException e) {
            throw Failure.invalid("the regular expression \"" + printable(text) + "\" cannot be used: "
                    + reason(text, e) + "; the syntax is that of RE2");
        } catch (StackOverflowError e) {
            throw Failure.invalid("the regular expression \"" + printable(text)
                    + "\" is nested too deeply: write it with fewer groups");
        }
    }

    private static Failure tooLarge(String text) {
        return Failure.invalid("the regular expression \"" + printable(text) + "\" repeats so much that it becomes more"
                + " than " + LARGEST + " steps: write smaller numbers in {}");
    }

    private static String reason(String text, PatternSyntaxException e) {
        Set<String> unknown = UNKNOWN.entrySet().stream()
                .filter(feature -> feature.getValue().matcher(text).find())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        return unknown.isEmpty()
                ? printable(e.getDescription()
                        + (e.getPattern() == null ? "" : ": \"" + e.getPattern().replace(DOT_IS_ANY, "") + "\""))
                : "it has " + String.join(" and ", List.copyOf(unknown))
                        + ", which cannot be matched in bounded time: write it without";
    }

    private static String printable(String text) {
        String shown = text.length() <= 200 ? text : text.substring(0, 200) + "…";
        return shown.replaceAll("\\p{Cntrl}", Matcher.quoteReplacement("?"));
    }

    /**
     * Whether it is found anywhere in a text; computed in a turn of the caller's.
     *
     * @param caller as for {@link Compute#of}
     * @throws Overlong when it takes longer than {@code limit}
     */
    public boolean isIn(String caller, Duration limit, CharSequence text) {
        return Compute.of(caller, limit, () -> isIn(text));
    }

    /** As {@link #isIn(String, Duration, CharSequence)}, for short texts: on this thread, until it is interrupted. */
    public boolean isIn(CharSequence text) {
        return pattern.matcher(new WatchedText(text)).find();
    }

    /** How often it asks for a character to say whether it is in a text. */
    long stepsIn(CharSequence text) {
        WatchedText watched = new WatchedText(text);
        boolean found = pattern.matcher(watched).find();
        return found ? Math.max(1, watched.read()) : watched.read();
    }
}
