package io.orizuru.compute;

import java.util.List;

/** A text in which {@code *} stands for any characters. Whether it matches takes one look from the left to the right. */
public final class Glob {
    private Glob() {}

    /** Whether all of a value is as the glob says. */
    public static boolean matches(String glob, String value) {
        List<String> literals = List.of(glob.split("\\*", -1));
        String first = literals.getFirst();
        if (literals.size() == 1) {
            return value.equals(first);
        }
        String last = literals.getLast();
        if (value.length() < first.length() + last.length() || !value.startsWith(first) || !value.endsWith(last)) {
            return false;
        }
        int at = first.length();
        int end = value.length() - last.length();
        for (String literal : literals.subList(1, literals.size() - 1)) {
            // The leftmost place leaves the most for those that follow.
            int found = value.indexOf(literal, at);
            if (found < 0 || found + literal.length() > end) {
                return false;
            }
            at = found + literal.length();
        }
        return true;
    }
}
