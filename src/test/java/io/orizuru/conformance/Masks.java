package io.orizuru.conformance;

import java.util.List;
import java.util.regex.Pattern;

/** What differs on every run and therefore does not count. */
final class Masks {
    private record Mask(Pattern pattern, String mark) {
        Mask(String pattern, int flags, String mark) {
            this(Pattern.compile(pattern, flags | Pattern.UNICODE_CHARACTER_CLASS), mark);
        }
    }

    private static final String DATE = "\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?";
    private static final String ZONE = "(?:Z| ?[+-]\\d\\d:?\\d\\d)?(?: UTC| m=\\S+)*";

    /** Applied in this order: a date holds what looks like a duration, an identifier what looks like hexadecimal. */
    private static final List<Mask> MASKS = List.of(
            new Mask(DATE + ZONE, 0, "<date>"),
            new Mask("\\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\b", Pattern.CASE_INSENSITIVE, "<uuid>"),
            new Mask("\\b[0-9a-f]{24,128}\\b", Pattern.CASE_INSENSITIVE, "<hex>"),
            new Mask("\\b\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d+)?\\b", 0, "<address>"),
            new Mask("\\b(?:\\d+h)?(?:\\d+m)?\\d+(?:\\.\\d+)?(?:ns|µs|ms|s)\\b", 0, "<duration>"));

    private static final Pattern VOLATILE_KEY = Pattern.compile(
            "_?id|uuid|uniqueid|token|token_id|tokenvalue|apikey|password|hash|salt"
                    + "|created_?at|updated_?at|expires_?at|last_access|timestamp|time|date"
                    + "|start_?time|end_?time|lockupdatetime|expire_?time|duration|elapsed"
                    + "|ip|hostaddr|hostport|fingerprint|goroutine",
            Pattern.CASE_INSENSITIVE);

    private Masks() {}

    /** Whether a key's value differs on every run, so that only its type counts. */
    static boolean isVolatile(String key) {
        return VOLATILE_KEY.matcher(key).matches();
    }

    /** The text with its dates, identifiers, addresses and durations replaced by marks. */
    static String mask(String text) {
        String masked = text;
        for (Mask mask : MASKS) {
            masked = mask.pattern.matcher(masked).replaceAll(mask.mark);
        }
        return masked;
    }

    static boolean sameText(String expected, String got) {
        return mask(expected).strip().equals(mask(got).strip());
    }
}
