package io.orizuru.deploy;

import io.orizuru.event.Change;

/**
 * A return to a version that was built before.
 *
 * @param version to run again
 * @param release the release that runs it
 * @param before the release to go back to when that one does not become healthy
 */
record RollingBack(String app, int version, int release, int before) implements Change {}
