package io.orizuru.deploy;

import io.orizuru.event.Change;

/**
 * A deploy that was accepted.
 *
 * @param archive the uploaded archive's file name in the directory of archives
 * @param before the release to go back to when the new one does not become healthy; 0 for none
 */
record Deploying(String app, String archive, String origin, String message, int before) implements Change {}
