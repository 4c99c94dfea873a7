package io.orizuru.compute;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How large a regular expression becomes when its repetitions are written out, which a compiler does before anybody can ask:
 * {@code a{1000}{1000}} is a million.
 */
final class PatternSize {
    private static final Pattern REPEAT = Pattern.compile("\\{(\\d{1,6})(,(\\d{0,6}))?}");
    private static final Pattern NAMED_ESCAPE = Pattern.compile("\\\\[xpP]\\{[^}]*}");

    private final String text;
    private final int most;
    /** The sizes of the groups that are open, outermost first; the last one is of what is read now. */
    private final Deque<Long> outer = new ArrayDeque<>();

    private long sum;
    /** The size of what a repetition would repeat. */
    private long last;

    private int at;

    private PatternSize(String text, int most) {
        this.text = text;
        this.most = most;
    }

    /** Never less than it is, as far as the text is a regular expression at all; some number above {@code most} when it is more. */
    static int of(String text, int most) {
        return new PatternSize(text, most).size();
    }

    private int size() {
        while (at < text.length()) {
            char c = text.charAt(at);
            switch (c) {
                case '\\' -> escape();
                case '[' -> set();
                case '(' -> open();
                case ')' -> close();
                case '*', '+', '?' -> grow(1);
                case '{' -> repeat();
                default -> atom(1);
            }
        }
        while (!outer.isEmpty()) {
            close();
        }
        return (int) Math.min(sum, Integer.MAX_VALUE);
    }

    private void atom(int length) {
        at += length;
        last = 1;
        add(1);
    }

    private void add(long size) {
        sum = Math.min(sum + size, most + 1L);
    }

    private void grow(long size) {
        at++;
        last = Math.min(last + size, most + 1L);
        add(size);
    }

    private void open() {
        at++;
        outer.addLast(sum);
        sum = 0;
        last = 0;
    }

    private void close() {
        at++;
        if (outer.isEmpty()) {
            return;
        }
        last = Math.min(sum + 2, most + 1L);
        sum = outer.removeLast();
        add(last);
    }

    private void repeat() {
        Matcher count = REPEAT.matcher(text).region(at, text.length());
        if (!count.lookingAt()) {
            atom(1);
            return;
        }
        at = count.end();
        long times = Long.parseLong(count.group(1));
        if (count.group(2) != null) {
            times = count.group(3).isEmpty() ? times + 1 : Math.max(times, Long.parseLong(count.group(3)));
        }
        long before = last;
        // What may be missing costs a step each time.
        last = Math.min((before + 1) * Math.max(1, times), most + 1L);
        add(last - before);
    }

    private void escape() {
        if (text.startsWith("\\Q", at)) {
            int end = text.indexOf("\\E", at + 2);
            int until = end < 0 ? text.length() : end;
            add(Math.max(0, until - at - 2));
            last = 1;
            at = end < 0 ? text.length() : end + 2;
            return;
        }
        Matcher named = NAMED_ESCAPE.matcher(text).region(at, text.length());
        atom(named.lookingAt() ? named.end() - at : Math.min(2, text.length() - at));
    }

    /** A set of characters is one step, however many it has. */
    private void set() {
        int end = at + 1;
        if (end < text.length() && text.charAt(end) == '^') {
            end++;
        }
        if (end < text.length() && text.charAt(end) == ']') {
            end++;
        }
        while (end < text.length() && text.charAt(end) != ']') {
            if (text.charAt(end) == '\\') {
                end += 2;
            } else if (text.startsWith("[:", end) && text.indexOf(":]", end) > 0) {
                end = text.indexOf(":]", end) + 2;
            } else {
                end++;
            }
        }
        atom(Math.min(end + 1, text.length()) - at);
    }
}
