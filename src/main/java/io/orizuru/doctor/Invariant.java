package io.orizuru.doctor;

import java.util.Locale;

/** What must hold whenever nothing is under way, and most of it always. */
public enum Invariant {
    LOCK_IN_USE("a lock is held by a running event, and by no other"),
    EVENT_LOCKED("a running event holds the lock of its target, unless it is of a connection"),
    EVENT_ALONE("no two events that lock run on one target"),
    EVENT_LEASED("a running operation is under a live lease, or was a moment ago"),
    LEASE_IN_USE("a live lease is of a target on which an operation runs"),
    RELEASE_KNOWN("the releases that an app names as desired and as healthy are there, and not withdrawn"),
    RELEASE_SETTLED("an app on which nothing runs has its desired release as the last healthy one"),
    UNITS_AS_WANTED("the units on record are those that the desired release wants"),
    UNITS_HEALTHY("a unit of an app on which nothing runs was seen healthy"),
    UNIT_RUNS("a unit on record has its directory, and a process that lives"),
    UNIT_ON_RECORD("a unit's directory and a process in it belong to a unit on record"),
    ROUTES_TO_HEALTHY("requests go only to units that were seen healthy, and are so where they listen"),
    ROUTES_AS_RECORDED("the routers have the routes on record"),
    WEIGHTS_WHOLE("the weights of the versions that get requests sum up to 100 percent, or no version has one"),
    SLEEPS_AS_WANTED("an app whose desired release sleeps has routes that do, and no other app has"),
    ADDRESSES_AS_WANTED(
            "the names of versions and processes are those of what runs or sleeps, and lead to all its units"),
    CERTIFICATE_NAMED("a certificate is for a name that leads to its app"),
    CERTIFICATES_AS_RECORDED("the routers show the certificates on record"),
    VERSION_BUILT("a version that may run is of a deploy that went well, and its build is there"),
    BUILD_OF_VERSION("a build belongs to a version on record"),
    NOTHING_HALF_DONE("no half of a unit or build, no port of nobody, no archive or upload that nobody waits for"),
    REMOVED_IS_GONE("what was removed is gone from the disk"),
    GROUP_IN_USE("a control group of the engine belongs to a unit or a build that is there"),
    DISK_HAS_ROOM("each disk has as much room as is to stay free"),
    APP_ON_RECORD("what is on disk for an app is of an app on record"),
    STEP_ENDED("an operation that ended well has a result for each journaled step"),
    DEPLOYS_COUNTED("an app's count of deploys is the number of deploys that went well"),
    INSTANCE_SETTLED("a service instance on which nothing runs is ready, or known to be in doubt"),
    BIND_SETTLED("a bind of an app on which nothing runs is whole, and its instance is there to be used"),
    BINDS_IN_RELEASE("the desired release of an app on which nothing runs has exactly the binds on record"),
    OUTBOX_EMPTY("what others are to be told waits for a day at most"),
    SECRET_READABLE("all secrets can be decrypted with the key");

    private final String rule;

    Invariant(String rule) {
        this.rule = rule;
    }

    /** What holds, for people. */
    public String rule() {
        return rule;
    }

    /** As findings name it: {@code lock-in-use}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
