package io.orizuru.app;

import io.orizuru.event.Change;

/**
 * Putting a new unit in the place of one that is there.
 *
 * @param generation of the unit, for when no new one comes up
 * @param release what should run, before and after
 */
record Killing(String app, String unit, int generation, int release) implements Change {}
