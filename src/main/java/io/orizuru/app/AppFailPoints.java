package io.orizuru.app;

import io.orizuru.event.Step;
import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;

/** Where the rollout of a release and the removal of an app can be cut off. */
public final class AppFailPoints {
    public static final FailPoints ALL = FailPoints.of("app");

    static final Step<Boolean> COMMAND_BEGUN = Step.of(ALL, "command-begun", Boolean.class);

    static final FailPoint BEFORE_ROLLOUT = ALL.at("before-rollout", "a release is to be made so");
    static final FailPoint AFTER_ROLLOUT = ALL.at("after-rollout", "the release is so, not on record as healthy");
    static final FailPoint RELEASE_WITHDRAWN = ALL.at("release-withdrawn", "the release before is desired again");
    static final FailPoint CANARY_STEP_DESIRED =
            ALL.at("canary-step-desired", "a canary's step is what should be, not made so");
    static final FailPoint CANARY_STEP_MADE = ALL.at("canary-step-made", "a canary's step is so, not measured");
    static final FailPoint CANARY_STEP_MEASURED = ALL.at("canary-step-measured", "a canary's step went well");
    static final FailPoint AFTER_WORLD = ALL.at("removed-from-world", "the app is gone from the world, not its logs");
    static final FailPoint AFTER_LOGS = ALL.at("removed-logs", "the app's logs are gone");

    private AppFailPoints() {}
}
