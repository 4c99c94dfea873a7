package io.orizuru.log;

import java.time.Instant;

/**
 * One line of an app's log.
 *
 * @param app the app's name
 * @param at when it was printed
 * @param source the process that printed it, {@code app} or {@code tsuru} by default
 * @param unit the unit's id, or empty
 * @param message without its newline
 */
public record LogLine(String app, Instant at, String source, String unit, String message) {}
