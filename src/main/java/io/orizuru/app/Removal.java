package io.orizuru.app;

import io.orizuru.event.Change;

/** Taking an app out of the world. */
record Removal(String app) implements Change {}
