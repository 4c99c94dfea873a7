package io.orizuru.deploy;

import io.orizuru.event.Step;
import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;
import io.orizuru.provision.Build;

/** The journaled steps of a deploy, and where else it can be cut off. */
public final class DeployFailPoints {
    public static final FailPoints ALL = FailPoints.of("deploy");

    static final Step<Integer> NUMBER = Step.of(ALL, "version", Integer.class);
    static final Step<String> COMMIT = Step.of(ALL, "commit", String.class);
    static final Step<Build> BUILD = Step.of(ALL, "build", Build.class);
    static final Step<Integer> RELEASE = Step.of(ALL, "release", Integer.class);

    static final FailPoint UPLOADED = ALL.at("uploaded", "the upload is on disk, nothing is checked yet");
    static final FailPoint ARCHIVE_TAKEN = ALL.at("archive-taken", "the archive is kept, the deploy not accepted");
    static final FailPoint IN_BUILD = ALL.at("in-build", "the build has printed something");
    static final FailPoint ARCHIVE_HERE = ALL.at("archive-here", "the archive is here, fetched if it had to be");
    static final FailPoint AFTER_ROLLOUT = ALL.at("after-rollout", "the release runs, old versions are there");
    static final FailPoint COLLECTED = ALL.at("collected", "old versions are gone");
    static final FailPoint REMOVED_FILES = ALL.at("removed-files", "a version's files are gone, it is on record");
    static final FailPoint WITHDRAWN_RELEASE = ALL.at("withdrawn-release", "what ran before runs, the build is there");
    static final FailPoint WITHDRAWN_BUILD = ALL.at("withdrawn-build", "the build is gone, the archive is there");

    private DeployFailPoints() {}
}
