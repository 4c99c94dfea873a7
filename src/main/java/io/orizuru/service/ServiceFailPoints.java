package io.orizuru.service;

import io.orizuru.event.Step;
import io.orizuru.failpoint.FailPoints;

/** The journaled steps of what is asked of services. */
public final class ServiceFailPoints {
    public static final FailPoints ALL = FailPoints.of("service");

    /** A service is about to be asked; without an answer on record, nobody knows what it did. */
    static final Step<Boolean> ASKED = Step.of(ALL, "asked", Boolean.class);

    static final Step<Said> ANSWERED = Step.of(ALL, "answered", Said.class);

    /** What a service gave to an app. */
    static final Step<ServiceApi.Granted> GRANTED = Step.of(ALL, "granted", ServiceApi.Granted.class);

    static final Step<Integer> RELEASE = Step.of(ALL, "release", Integer.class);

    private ServiceFailPoints() {}
}
