package io.orizuru.event;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** How many operations this server runs, and how many are followed, among its metrics. */
@ApplicationScoped
class EventMetrics {
    private final Runner runner;
    private final Signals signals;
    private final MeterRegistry registry;

    EventMetrics(Runner runner, Signals signals, MeterRegistry registry) {
        this.runner = runner;
        this.signals = signals;
        this.registry = registry;
    }

    void register(@Observes @Priority(400) StartupEvent started) {
        Gauge.builder("orizuru.operations.running", runner, Runner::runningHere)
                .description("operations that this server runs now")
                .register(registry);
        Gauge.builder("orizuru.operations.waiting", runner, Runner::waitingHere)
                .description("operations that wait here for a slot of their team")
                .register(registry);
        Gauge.builder("orizuru.operations.followed", signals, Signals::followed)
                .description("operations whose progress somebody reads now")
                .register(registry);
    }
}
