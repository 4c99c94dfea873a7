package io.orizuru.service;

import io.orizuru.event.Change;

/** An instance that is on record already: its service is to make it. */
record Making(String service, String instance) implements Change {}
