package io.orizuru.app;

import io.orizuru.event.Change;

/**
 * Starting again what is asleep, since somebody wants to see the app.
 *
 * @param release the release in which it is awake
 * @param before the one in which it sleeps
 */
record Waking(String app, int release, int before) implements Change {}
