package io.orizuru.server;

/** Metrics that another process of this server counts. */
@FunctionalInterface
public interface MoreMetrics {
    /** In the text format of Prometheus; empty when there are none. Answers within seconds. */
    String text();
}
