package io.orizuru.provision.process;

/**
 * One step of a build.
 *
 * @param title what it does, as the user reads it
 * @param command for the shell, in the release's directory
 */
record BuildStep(String title, String command) {}
