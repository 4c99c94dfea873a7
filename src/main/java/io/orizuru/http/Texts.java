package io.orizuru.http;

import io.orizuru.failure.Failure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The one way from what was sent to text: decoded once, strictly, and without what no text of this API may hold. Whatever
 * comes by a path, a query, a header or a body is made here before anything else sees it.
 */
final class Texts {
    private static final int SHOWN = 80;

    private Texts() {}

    /**
     * Bytes as text.
     *
     * @param what whose they are, for the message
     * @throws Failure invalid unless they are UTF-8, without NUL
     */
    static String utf8(byte[] bytes, String what) {
        return checked(utf8(ByteBuffer.wrap(bytes), what), what);
    }

    private static String utf8(ByteBuffer bytes, String what) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
        } catch (CharacterCodingException e) {
            throw Failure.invalid(what + " is not UTF-8");
        }
    }

    /** A name or value of a form or query: percent-encoded, with {@code +} for a space. */
    static String ofForm(String raw, String what) {
        return raw.indexOf('%') < 0 && raw.indexOf('+') < 0 && isAscii(raw)
                ? checked(raw, what)
                : checked(percentDecoded(raw, true, what), what);
    }

    /** A path, percent-encoded; it may hold no control character at all. */
    static String ofPath(String raw) {
        return line(percentDecoded(raw, false, "the path"), "the path");
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80);
    }

    private static String percentDecoded(String raw, boolean form, String what) {
        byte[] encoded = raw.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream decoded = new ByteArrayOutputStream(encoded.length);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%') {
                int high = i + 2 <= encoded.length - 1 ? Character.digit(encoded[i + 1], 16) : -1;
                int low = i + 2 <= encoded.length - 1 ? Character.digit(encoded[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    throw Failure.invalid("\"" + shown(raw) + "\" is not percent-encoded as a form or path must be");
                }
                decoded.write(high << 4 | low);
                i += 2;
            } else {
                decoded.write(form && encoded[i] == '+' ? ' ' : encoded[i]);
            }
        }
        return utf8(ByteBuffer.wrap(decoded.toByteArray()), what);
    }

    /** The same text, unless it holds a NUL or half of a character: no database keeps either. */
    static String checked(String text, String what) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw refused(what, c);
            }
            if (Character.isSurrogate(c)) {
                if (!Character.isHighSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    throw refused(what, c);
                }
                i++;
            }
        }
        return text;
    }

    /** As {@link #checked}, for what stands on one line: no control character at all. */
    static String line(String text, String what) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw refused(what, text.charAt(i));
            }
        }
        return checked(text, what);
    }

    private static Failure refused(String what, char c) {
        return Failure.invalid(
                what + " holds the character U+" + String.format(Locale.ROOT, "%04X", (int) c) + ", which it may not");
    }

    /** The begin of a text, for a message: on one line, whatever it holds. */
    static String shown(String text) {
        String begin = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
        StringBuilder shown = new StringBuilder();
        begin.chars()
                .forEach(c -> shown.append(
                        Character.isISOControl(c)
                                ? String.format(Locale.ROOT, "\\u%04x", c)
                                : String.valueOf((char) c)));
        return shown.toString();
    }

    /** A message for a terminal: it may have several lines, and moves no cursor. */
    static String printable(String message) {
        if (message.chars().noneMatch(Texts::movesCursor)) {
            return message;
        }
        StringBuilder printable = new StringBuilder();
        message.chars()
                .forEach(c -> printable.append(
                        movesCursor(c) ? String.format(Locale.ROOT, "\\u%04x", c) : String.valueOf((char) c)));
        return printable.toString();
    }

    private static boolean movesCursor(int c) {
        return Character.isISOControl(c) && c != '\n' && c != '\t';
    }
}
