package io.orizuru.app;

import io.orizuru.event.Change;

/**
 * A change whose desired state is written already: what is left is to make it so.
 *
 * @param release the release to make so
 * @param before the release to go back to when it does not become healthy; 0 for none
 */
record Converging(String app, int release, int before) implements Change {}
