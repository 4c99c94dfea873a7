package io.orizuru.deploy;

import io.orizuru.app.Versions;
import io.orizuru.event.Events;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Removes the archives of deploys that a killed server never came to accept, or had ended already. */
@ApplicationScoped
class StaleArchives {
    private final Archives archives;
    private final Events events;
    private final Versions versions;

    StaleArchives(Archives archives, Events events, Versions versions) {
        this.versions = versions;
        this.archives = archives;
        this.events = events;
    }

    void start(@Observes @Priority(250) StartupEvent started) {
        Set<String> wanted = events.underWay(Deploying.class).stream()
                .map(Deploying::archive)
                .collect(Collectors.toCollection(HashSet::new));
        wanted.addAll(versions.archives());
        archives.abandoned().stream().filter(name -> !wanted.contains(name)).forEach(archives::delete);
    }
}
