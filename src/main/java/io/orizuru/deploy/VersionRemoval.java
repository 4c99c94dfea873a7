package io.orizuru.deploy;

import io.orizuru.event.Change;

/**
 * Taking a version of an app away with its units and its build.
 *
 * @param release the release without it
 * @param before the release to go back to when that one does not become healthy; the same when it did not run
 */
record VersionRemoval(String app, int version, int release, int before) implements Change {}
