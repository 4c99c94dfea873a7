package io.orizuru.deploy;

import io.orizuru.app.Versions;
import io.orizuru.event.Events;
import io.orizuru.git.Repositories;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Removes what a killed server left: archives of deploys that were never accepted, or had ended; fetches of repositories. */
@ApplicationScoped
class StaleArchives {
    private final Archives archives;
    private final Events events;
    private final Versions versions;
    private final Repositories repositories;

    StaleArchives(Archives archives, Events events, Versions versions, Repositories repositories) {
        this.repositories = repositories;
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
        repositories.sweep();
    }
}
