package io.orizuru.provision.process;

import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;

/** Where the process engine can be cut off between two files. */
public final class ProcessFailPoints {
    public static final FailPoints ALL = FailPoints.of("process");

    static final FailPoint BUILD_PREPARED = ALL.at("build-prepared", "the build's directory is made");
    static final FailPoint BUILD_UNPACKED = ALL.at("build-unpacked", "the archive is unpacked");
    static final FailPoint BUILD_PUBLISHING = ALL.at("build-publishing", "the release's tree is there, not its record");
    static final FailPoint BUILD_PUBLISHED =
            ALL.at("build-published", "the release's record is there, and the attempt");
    static final FailPoint UNIT_PORT = ALL.at("unit-port", "a unit's port is reserved");
    static final FailPoint UNIT_STAGED = ALL.at("unit-staged", "a unit's directory is made beside its place");
    static final FailPoint UNIT_MADE = ALL.at("unit-made", "a unit's directory is in its place, no process");
    static final FailPoint UNIT_MARKED = ALL.at("unit-marked", "a unit is marked to end");
    static final FailPoint UNIT_ENDED = ALL.at("unit-ended", "a unit's process ended, its directory is there");
    static final FailPoint UNIT_REMOVED = ALL.at("unit-removed", "a unit's directory is gone, its port reserved");
    static final FailPoint APP_REMOVING = ALL.at("app-removing", "an app's units ended, its directory is there");

    private ProcessFailPoints() {}
}
