package io.orizuru;

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

    Ending(Events events, Logs logs, Shells shells) {
        this.events = events;
        this.logs = logs;
        this.shells = shells;
    }

    void start(@Observes @Priority(7000) StartupEvent started) {
        Launch.current().whenAskedToEnd(() -> {
            logs.endFollowing();
            shells.endAll();
            events.handOver();
        });
    }
}
