package io.orizuru.log;

import org.jspecify.annotations.Nullable;

/**
 * Which lines of an app are asked for.
 *
 * @param lines how many of the newest; none if it is 0 or less, and never more than {@link #MOST_LINES}
 * @param source only of this source; null or empty of any
 * @param invertSource only of other sources than that one
 * @param unit only of this unit; null or empty of any
 */
public record Query(
        int lines,
        @Nullable String source,
        boolean invertSource,
        @Nullable String unit) {
    /** What is kept for an app, and so the most that can be asked for. */
    public static final int MOST_LINES = 10_000;

    public Query {
        lines = Math.clamp(lines, 0, MOST_LINES);
        source = source == null || source.isEmpty() ? null : source;
        unit = unit == null || unit.isEmpty() ? null : unit;
    }

    /** The newest lines of all sources and units. */
    public static Query newest(int lines) {
        return new Query(lines, null, false, null);
    }

    boolean matches(LogLine line) {
        return (source == null || source.equals(line.source()) != invertSource)
                && (unit == null || unit.equals(line.unit()));
    }
}
