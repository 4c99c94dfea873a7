package io.orizuru.app;

import io.orizuru.event.Change;

/**
 * A command to be run in an app.
 *
 * @param once in one unit only, else in each that runs
 * @param isolated in a unit made for it alone
 */
record Command(String app, String command, boolean once, boolean isolated) implements Change {}
