package io.orizuru.log;

/** Takes what units and the platform print. Never blocks its caller: what cannot be kept in time is counted and dropped. */
@FunctionalInterface
public interface LogSink {
    void accept(LogLine line);
}
