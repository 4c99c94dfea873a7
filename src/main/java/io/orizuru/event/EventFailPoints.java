package io.orizuru.event;

import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;

/** Where an operation can be cut off, whatever it does. */
public final class EventFailPoints {
    public static final FailPoints ALL = FailPoints.of("event");

    static final FailPoint BEFORE_PERFORM = ALL.at("before-perform", "a change of the database alone, not begun");
    static final FailPoint IN_PERFORM = ALL.at("in-perform", "the change and its event are written, not committed");
    static final FailPoint AFTER_PERFORM = ALL.at("after-perform", "the change is committed, not answered");
    static final FailPoint BEFORE_ANSWER = ALL.at("before-answer", "the change is made or accepted, not answered");
    static final FailPoint BEFORE_ACCEPT = ALL.at("before-accept", "an operation that is not accepted yet");
    static final FailPoint IN_ACCEPT = ALL.at("in-accept", "what should be and the event are written, not committed");
    static final FailPoint AFTER_ACCEPT = ALL.at("after-accept", "the operation is accepted, nobody runs it");
    static final FailPoint AFTER_LEASE = ALL.at("after-lease", "the lease is taken");
    static final FailPoint AFTER_ATTEMPT = ALL.at("after-attempt", "the attempt is counted");
    /** That the operation failed, and why: from then on it is brought back, and never tried again. */
    static final Step<String> FAILURE = Step.of(ALL, "failure", String.class);

    static final FailPoint BEFORE_WITHDRAW = ALL.at("before-withdraw", "the operation failed, nothing is brought back");
    static final FailPoint AFTER_WITHDRAW = ALL.at("after-withdraw", "what was before is back");
    static final FailPoint BEFORE_END = ALL.at("before-end", "the work is done, the event not ended");
    static final FailPoint IN_END = ALL.at("in-end", "the event's end is written, not committed");
    static final FailPoint AFTER_END = ALL.at("after-end", "the event's end is committed");

    private EventFailPoints() {}
}
