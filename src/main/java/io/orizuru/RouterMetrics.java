package io.orizuru;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.orizuru.router.builtin.Snapshot;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** Shows the data plane's counters among the server's metrics. */
@Singleton
class RouterMetrics {
    private final LocalRouter router;
    private final MeterRegistry registry;

    RouterMetrics(LocalRouter router, MeterRegistry registry) {
        this.router = router;
        this.registry = registry;
    }

    void register(@Observes @Priority(400) StartupEvent started) {
        for (int group = 1; group <= 5; group++) {
            int index = group - 1;
            FunctionCounter.builder("orizuru.router.responses", router, of(snapshot -> snapshot.responses()
                            .get(index)))
                    .tag("status", group + "xx")
                    .description("answers of the built-in router")
                    .register(registry);
        }
        counter("orizuru.router.backend.errors", "failures of units as the router met them", Snapshot::backendErrors);
        counter("orizuru.router.retries", "requests that the router sent again", Snapshot::retries);
        counter("orizuru.router.connections.accepted", "connections of clients", Snapshot::connectionsAccepted);
        counter("orizuru.router.connections.refused", "connections beyond the limit", Snapshot::connectionsRefused);
        gauge("orizuru.router.connections.open", "connections of clients now", Snapshot::connectionsOpen);
        gauge("orizuru.router.requests.active", "requests at units now", Snapshot::inFlight);
    }

    private void counter(String name, String description, ToDoubleFunction<Snapshot> value) {
        FunctionCounter.builder(name, router, of(value))
                .description(description)
                .register(registry);
    }

    private void gauge(String name, String description, ToDoubleFunction<Snapshot> value) {
        Gauge.builder(name, router, of(value)).description(description).register(registry);
    }

    private static ToDoubleFunction<LocalRouter> of(ToDoubleFunction<Snapshot> value) {
        return router -> value.applyAsDouble(router.snapshot());
    }
}
