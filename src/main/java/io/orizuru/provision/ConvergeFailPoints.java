package io.orizuru.provision;

import io.orizuru.failpoint.FailPoint;
import io.orizuru.failpoint.FailPoints;

/** Where the work on an app's units and routes can be cut off. */
public final class ConvergeFailPoints {
    public static final FailPoints ALL = FailPoints.of("converge");

    static final FailPoint BEFORE_RECORD = ALL.at("before-record", "missing units are known, not on record");
    static final FailPoint BEFORE_START = ALL.at("before-start", "missing units are on record, not started");
    static final FailPoint AFTER_START = ALL.at("after-start", "missing units are started");
    static final FailPoint BEFORE_HEALTHY = ALL.at("before-healthy", "a unit answers, which is not on record");
    static final FailPoint AFTER_HEALTHY = ALL.at("after-healthy", "all units are healthy, and on record so");
    static final FailPoint AFTER_ROUTES_RECORDED =
            ALL.at("after-routes-recorded", "routes are on record, the router has the old ones");
    static final FailPoint AFTER_ROUTES = ALL.at("after-routes", "the router has the new routes");
    static final FailPoint AFTER_DRAIN = ALL.at("after-drain", "no request is under way at old units");
    static final FailPoint IN_STOP = ALL.at("in-stop", "the end of old units is begun, they are on record");
    static final FailPoint AFTER_STOP = ALL.at("after-stop", "old units are off the record");
    static final FailPoint REMOVING_ROUTES = ALL.at("removing-routes", "the app's routes are gone from the record");
    static final FailPoint REMOVING_UNITS = ALL.at("removing-units", "the app's routes are gone from the router");
    static final FailPoint REMOVING_RECORDS = ALL.at("removing-records", "the app's units and builds are gone");

    private ConvergeFailPoints() {}
}
