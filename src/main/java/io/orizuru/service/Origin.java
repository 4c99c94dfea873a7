package io.orizuru.service;

import io.orizuru.event.Run;

/**
 * Who asks a service for something, as it is told.
 *
 * @param user an e-mail address, or what else an event's owner is called
 * @param event the event that it is part of; empty for looks that change nothing
 */
record Origin(String user, String event) {
    static final Origin LOOK = new Origin("", "");

    static Origin of(Run run) {
        return new Origin(run.owner(), run.event());
    }
}
