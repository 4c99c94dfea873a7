package io.orizuru.app;

import io.orizuru.event.Run;

/** The room that builds versions, as far as a rollout needs it. */
public interface VersionBuilds {
    /**
     * Sees to it that the engine of a release has what the release runs: what another engine built is built anew there, from
     * what it was made of. Idempotent.
     *
     * @throws io.orizuru.failure.Failure when something cannot be built
     */
    void provide(Run run, App app, Release release);
}
