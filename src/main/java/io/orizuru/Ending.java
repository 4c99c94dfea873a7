package io.orizuru;

import io.orizuru.app.LogIntakes;
import io.orizuru.app.Shells;
import io.orizuru.event.Events;
import io.orizuru.log.Logs;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * What a server that is told to stop does at once, while the framework lets requests end: streams end that would go on for
 * ever, operations end or are handed over. Everything else waits for that: see the observers of the shutdown's event.
 */
@Singleton
class Ending {
    private final Events events;
    private final Logs logs;
    private final Shells shells;
    private final LogIntakes intakes;

    Ending(Events events, Logs logs, Shells shells, LogIntakes intakes) {
        this.events = events;
        this.logs = logs;
        this.shells = shells;
        this.intakes = intakes;
    }

    void start(@Observes @Priority(7000) StartupEvent started) {
        Launch.current().whenAskedToEnd(() -> {
            logs.endFollowing();
            shells.endAll();
            intakes.endAll();
            events.handOver();
        });
    }
}
