package io.orizuru;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.orizuru.config.Settings;
import io.orizuru.disk.Disks;
import io.orizuru.event.MachineWatch;
import io.orizuru.event.ServerIdentity;
import io.orizuru.log.Logs;
import io.orizuru.platform.PlatformBuilder;
import io.orizuru.provision.Engine;
import io.orizuru.provision.process.IsolationPart;
import io.orizuru.provision.process.ProcessEngine;
import io.orizuru.router.Routers;
import io.orizuru.server.HealthCheck;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** The process engine of this server: started before operations run, left alone with its units when the server ends. */
@Singleton
class LocalEngine {
    private static final Logger LOG = Logger.getLogger(LocalEngine.class);

    /** How long a server that ends waits for others that end at the same time. */
    private static final Duration OTHERS_END = Duration.ofSeconds(5);

    private final Settings settings;
    private final ServerIdentity server;
    private final ProcessEngine engine;

    LocalEngine(Settings settings, ServerIdentity server, Disks disks, Logs logs, Clock clock) {
        this.server = server;
        this.settings = settings;
        engine = new ProcessEngine(
                ProcessEngine.Options.of(settings.data().resolve("units"), settings.build())
                        .withBuildLimits(settings.buildLimits())
                        .withUnits(settings.units()),
                logs,
                clock);
        engine.watchRoom(disks::shortage);
    }

    void start(
            @Observes @Priority(200) StartupEvent started,
            MeterRegistry registry,
            MachineWatch watch,
            Routers routers) {
        engine.tellAbsences(units -> routers.absent(server.id(), units));
        if (settings.databaseUrl() != null) {
            engine.share(watch::mine);
        }
        for (IsolationPart part : engine.isolation()) {
            Gauge.builder("orizuru.isolation.present", part, present -> present.problem() == null ? 1 : 0)
                    .tag("part", part.name())
                    .description("whether a part of what keeps apps apart is there (1) or missing (0)")
                    .strongReference(true)
                    .register(registry);
        }
        isolationProblems()
                .forEach(problem -> LOG.warnf(
                        "isolation: %s%s",
                        problem,
                        engine.isolationRequired() ? "; nothing is built or started (--isolation required)" : ""));
        engine.missing().forEach(missing -> LOG.warnf("the process engine: %s", missing));
        engine.start();
    }

    /** Units outlive the server, unless they are to end with it and no other server of this machine looks after them. */
    void stop(@Observes @Priority(2000) ShutdownEvent stopped) {
        if (Launch.current().stopsUnits() && server.leavesNobody(OTHERS_END)) {
            engine.stopAll();
        }
        engine.close();
    }

    @Produces
    @Singleton
    Engine engine() {
        return engine;
    }

    @Produces
    @Singleton
    PlatformBuilder platformBuilder() {
        return engine::refusal;
    }

    private List<String> isolationProblems() {
        return engine.isolation().stream()
                .filter(part -> part.problem() != null)
                .map(part -> part.name() + " missing: " + part.problem())
                .toList();
    }

    @Produces
    @Singleton
    HealthCheck isolation() {
        return new HealthCheck() {
            @Override
            public String name() {
                return "isolation";
            }

            @Override
            public List<String> problems() {
                return engine.isolationRequired() ? isolationProblems() : List.of();
            }

            @Override
            public List<String> notices() {
                return engine.isolationRequired() ? List.of() : isolationProblems();
            }
        };
    }

    @Produces
    @Singleton
    HealthCheck health() {
        return new HealthCheck() {
            @Override
            public String name() {
                return "process engine";
            }

            @Override
            public List<String> problems() {
                return List.of();
            }

            @Override
            public List<String> notices() {
                return Stream.concat(engine.missing().stream(), engine.troubles().stream())
                        .toList();
            }
        };
    }
}
