package io.orizuru.deploy;

import io.orizuru.app.App;
import io.orizuru.app.Apps;
import io.orizuru.app.Refusal;
import io.orizuru.app.Release;
import io.orizuru.app.Releases;
import io.orizuru.app.Version;
import io.orizuru.app.Versions;
import io.orizuru.event.Accepted;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Accepts that versions of apps are removed. What that then does is {@link VersionRemovalHandler}'s. */
@ApplicationScoped
class VersionRemovals {
    private final Apps apps;
    private final Releases releases;
    private final Versions versions;
    private final Events events;

    VersionRemovals(Apps apps, Releases releases, Versions versions, Events events) {
        this.apps = apps;
        this.releases = releases;
        this.versions = versions;
        this.events = events;
    }

    /** Removes a version with its units; answers the event's id. */
    String remove(Call call, App app, String name) {
        List<String> messages = List.of("\n ---> Deleting version " + name + " of app " + app.name() + "\n");
        return events.accept(call, app.subject(), Data.of("version", name), event -> {
            Version version;
            try {
                version = versions.named(app.name(), name);
            } catch (Failure unknown) {
                return new Accepted(new Refusal(unknown.message()), messages);
            }
            Release current = releases.desired(apps.find(app.name()));
            boolean runs = current.placement().version(version.number()).isPresent();
            if (runs && current.placement().versions().size() == 1) {
                return new Accepted(
                        new Refusal("version " + version.number() + " is the only one that runs: deploy another one, or"
                                + " stop the app's use of it first"),
                        messages);
            }
            int release = runs
                    ? releases.propose(current.with(current.placement().without(version.number())), event)
                            .number()
                    : current.number();
            return new Accepted(new VersionRemoval(app.name(), version.number(), release, current.number()), messages);
        });
    }
}
