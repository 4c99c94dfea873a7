package io.orizuru.http;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Says what is wrong with a text that is not JSON, in the words that the API's clients know: which character was met, and
 * what was looked for there.
 */
final class JsonSyntax {
    private static final String END = "unexpected end of JSON input";

    private final String text;
    private int at;

    private JsonSyntax(String text) {
        this.text = text;
    }

    /** The first problem of a text, or null when it is JSON. */
    static @Nullable String problem(String text) {
        try {
            new JsonSyntax(text).document();
            return null;
        } catch (Problem problem) {
            return problem.getMessage();
        }
    }

    private static final class Problem extends RuntimeException {
        Problem(String message) {
            super(message, null, false, false);
        }
    }

    private void document() {
        Deque<Character> open = new ArrayDeque<>();
        value(open);
        while (!open.isEmpty()) {
            next(open);
        }
        skipSpace();
        if (at < text.length()) {
            throw unexpected("after top-level value");
        }
    }

    /** Reads a scalar whole, or the opening of an object or array with its first element. */
    private void value(Deque<Character> open) {
        // A loop, for the nesting is whatever the sender likes.
        while (true) {
            char first = peek();
            if (first == '{') {
                at++;
                open.push('{');
                if (peek() == '}') {
                    return;
                }
                key();
            } else if (first == '[') {
                at++;
                open.push('[');
                if (peek() == ']') {
                    return;
                }
            } else {
                scalar(first);
                return;
            }
        }
    }

    private void next(Deque<Character> open) {
        boolean object = open.getFirst() == '{';
        char found = peek();
        if (found == (object ? '}' : ']')) {
            at++;
            open.pop();
        } else if (found == ',') {
            at++;
            if (object) {
                peek();
                key();
            }
            value(open);
        } else {
            throw unexpected(object ? "after object key:value pair" : "after array element");
        }
    }

    private void key() {
        if (text.charAt(at) != '"') {
            throw unexpected("looking for beginning of object key string");
        }
        string();
        if (peek() != ':') {
            throw unexpected("after object key");
        }
        at++;
    }

    private void scalar(char first) {
        switch (first) {
            case '"' -> string();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> {
                if (first != '-' && !Character.isDigit(first)) {
                    throw unexpected("looking for beginning of value");
                }
                number();
            }
        }
    }

    private void string() {
        at++;
        while (true) {
            char c = here();
            if (c == '"') {
                at++;
                return;
            }
            if (c < ' ') {
                throw unexpected("in string literal");
            }
            at++;
            if (c == '\\') {
                escape();
            }
        }
    }

    private void escape() {
        char c = here();
        if (c == 'u') {
            for (int digit = 0; digit < 4; digit++) {
                at++;
                if (Character.digit(here(), 16) < 0) {
                    throw unexpected("in \\u hexadecimal character escape");
                }
            }
        } else if ("\"\\/bfnrt".indexOf(c) < 0) {
            throw unexpected("in string escape code");
        }
        at++;
    }

    private void literal(String word) {
        for (int i = 0; i < word.length(); i++, at++) {
            if (here() != word.charAt(i)) {
                throw unexpected("in literal " + word + " (expecting '" + word.charAt(i) + "')");
            }
        }
    }

    private void number() {
        if (here() == '-') {
            at++;
        }
        if (!Character.isDigit(here())) {
            throw unexpected("in numeric literal");
        }
        boolean leadingZero = here() == '0';
        at++;
        if (!leadingZero) {
            digits();
        }
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            if (!Character.isDigit(here())) {
                throw unexpected("after decimal point in numeric literal");
            }
            digits();
        }
        if (at < text.length() && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            at++;
            if (here() == '+' || here() == '-') {
                at++;
            }
            if (!Character.isDigit(here())) {
                throw unexpected("in exponent of numeric literal");
            }
            digits();
        }
    }

    private void digits() {
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
            at++;
        }
    }

    private char peek() {
        skipSpace();
        return here();
    }

    private char here() {
        if (at >= text.length()) {
            throw new Problem(END);
        }
        return text.charAt(at);
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private Problem unexpected(String where) {
        return new Problem("invalid character " + quoted(text.charAt(at)) + " " + where);
    }

    private static String quoted(char c) {
        return switch (c) {
            case '\'' -> "'\\''";
            case '"' -> "'\"'";
            case '\n' -> "'\\n'";
            case '\r' -> "'\\r'";
            case '\t' -> "'\\t'";
            default -> c < ' ' ? String.format("'\\x%02x'", (int) c) : "'" + c + "'";
        };
    }
}
