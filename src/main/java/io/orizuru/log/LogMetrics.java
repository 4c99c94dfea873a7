package io.orizuru.log;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** How many log lines this server wrote, among its metrics. */
@ApplicationScoped
class LogMetrics {
    private final Logs logs;
    private final MeterRegistry registry;

    LogMetrics(Logs logs, MeterRegistry registry) {
        this.logs = logs;
        this.registry = registry;
    }

    void register(@Observes @Priority(400) StartupEvent started) {
        FunctionCounter.builder("orizuru.log.lines.written", logs, Logs::written)
                .description("lines of applications' logs that the database took")
                .register(registry);
    }
}
