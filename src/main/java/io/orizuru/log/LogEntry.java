package io.orizuru.log;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A line as the API shows it.
 *
 * @param date in UTC, as RFC 3339
 */
public record LogEntry(
        @JsonProperty("Date") String date,
        @JsonProperty("Message") String message,
        @JsonProperty("Source") String source,
        @JsonProperty("AppName") String app,
        @JsonProperty("Unit") String unit) {
    public static LogEntry of(LogLine line) {
        return new LogEntry(line.at().toString(), line.message(), line.source(), line.app(), line.unit());
    }
}
