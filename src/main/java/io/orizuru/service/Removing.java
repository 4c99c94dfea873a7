package io.orizuru.service;

import io.orizuru.event.Change;

/**
 * An instance is to be removed: apps that are bound to it are unbound, then its service removes it, then it is forgotten.
 *
 * @param before what was known of it
 */
record Removing(String service, String instance, Instance.State before, boolean ignoreErrors) implements Change {}
