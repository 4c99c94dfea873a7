package io.orizuru.service;

import io.orizuru.event.Change;

/**
 * An app is to be bound to an instance no longer.
 *
 * @param noRestart whether units that run are left as they are
 * @param force whether that the service does not agree is no matter
 * @param before the release to go back to when that does not succeed; 0 for none
 */
record Unbinding(String app, String service, String instance, boolean noRestart, boolean force, int before)
        implements Change {
    BindStore.Pair pair() {
        return new BindStore.Pair(service, instance, app);
    }
}
