package io.orizuru.failure;

import java.util.HexFormat;

/** What others gave, as it may stand in a line of a message or a log: nothing of it moves a terminal or begins another line. */
public final class OneLine {
    private OneLine() {}

    /** With every control character as an escape: {@code \n}, {@code \u001b}. Tabs stay. */
    public static String of(String text) {
        int first = 0;
        while (first < text.length() && !isControl(text.charAt(first))) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 16).append(text, 0, first);
        for (int i = first; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> line.append("\\n");
                case '\r' -> line.append("\\r");
                default -> {
                    if (isControl(c)) {
                        line.append("\\u").append(HexFormat.of().toHexDigits((short) c));
                    } else {
                        line.append(c);
                    }
                }
            }
        }
        return line.toString();
    }

    /** As {@link #of}, but for line feeds before and after it, with which messages are set apart. */
    public static String within(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && text.charAt(from) == '\n') {
            from++;
        }
        while (to > from && text.charAt(to - 1) == '\n') {
            to--;
        }
        return text.substring(0, from) + of(text.substring(from, to)) + text.substring(to);
    }

    /** C0 and C1, and what browsers and terminals take for the end of a line or turn the direction of text with. */
    private static boolean isControl(char c) {
        return (c < 0x20 && c != '\t')
                || (c >= 0x7f && c <= 0x9f)
                || (c >= 0x2028 && c <= 0x202e)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
