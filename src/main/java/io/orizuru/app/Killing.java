package io.orizuru.app;

import io.orizuru.event.Change;

/**
 * Putting a new unit in the place of one that is there.
 *
 * @param generation of the unit, for when no new one comes up
 * @param release what should run, before and after
 * @param force whether the one that is there ends first, whatever becomes of the new one; false where it is not on record
 */
record Killing(String app, String unit, int generation, int release, boolean force) implements Change {}
