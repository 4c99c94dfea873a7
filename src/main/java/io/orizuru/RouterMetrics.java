package io.orizuru;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.Snapshot;
import io.orizuru.router.remote.RemoteRouters;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.function.ToDoubleFunction;

/**
 * Shows the data plane's counters among the server's metrics. Routers that run apart show their own at their admin
 * listeners; here then stands whether they have their routes.
 */
@Singleton
class RouterMetrics {
    private final LocalRouter router;
    private final MeterRegistry registry;

    RouterMetrics(LocalRouter router, MeterRegistry registry) {
        this.router = router;
        this.registry = registry;
    }

    void register(@Observes @Priority(400) StartupEvent started) {
        router.plane().ifPresent(this::register);
        for (RemoteRouters.State each : router.apart()) {
            gauge(
                    "orizuru.router.live",
                    "whether the router that runs apart answers",
                    each.admin(),
                    state -> state.trouble() == null ? 1 : 0);
            gauge(
                    "orizuru.router.owed",
                    "apps whose routes the router has not got yet",
                    each.admin(),
                    state -> state.owed());
        }
    }

    private void gauge(String name, String description, URI admin, ToDoubleFunction<RemoteRouters.State> value) {
        Gauge.builder(name, router, all -> all.apart().stream()
                        .filter(state -> state.admin().equals(admin))
                        .mapToDouble(value)
                        .sum())
                .tag("router", admin.toString())
                .description(description)
                .register(registry);
    }

    private void register(DataPlane plane) {
        for (int group = 1; group <= 5; group++) {
            int index = group - 1;
            FunctionCounter.builder("orizuru.router.responses", plane, of(snapshot -> snapshot.responses()
                            .get(index)))
                    .tag("status", group + "xx")
                    .description("answers of the built-in router")
                    .register(registry);
        }
        counter(
                plane,
                "orizuru.router.backend.errors",
                "failures of units as the router met them",
                Snapshot::backendErrors);
        counter(plane, "orizuru.router.retries", "requests that the router sent again", Snapshot::retries);
        counter(plane, "orizuru.router.connections.accepted", "connections of clients", Snapshot::connectionsAccepted);
        counter(
                plane,
                "orizuru.router.connections.refused",
                "connections beyond the limit",
                Snapshot::connectionsRefused);
        gauge(plane, "orizuru.router.connections.open", "connections of clients now", Snapshot::connectionsOpen);
        gauge(plane, "orizuru.router.requests.active", "requests at units now", Snapshot::inFlight);
    }

    private void counter(DataPlane plane, String name, String description, ToDoubleFunction<Snapshot> value) {
        FunctionCounter.builder(name, plane, of(value)).description(description).register(registry);
    }

    private void gauge(DataPlane plane, String name, String description, ToDoubleFunction<Snapshot> value) {
        Gauge.builder(name, plane, of(value)).description(description).register(registry);
    }

    private static ToDoubleFunction<DataPlane> of(ToDoubleFunction<Snapshot> value) {
        return plane -> value.applyAsDouble(plane.snapshot());
    }
}
