package io.orizuru.app;

import io.orizuru.event.Change;

/** Bringing back units that vanished from where they ran: a machine was started anew, somebody ended them. */
record Restoring(String app) implements Change {}
