package io.orizuru.conformance;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Percent encoding of the UTF-8 bytes of a text. */
final class Percent {
    private Percent() {}

    /** Encodes all but ASCII letters, digits and the characters that are to stay. */
    static String encode(String text, String stay) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || stay.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return encoded.toString();
    }
}
