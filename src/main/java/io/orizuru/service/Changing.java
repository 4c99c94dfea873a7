package io.orizuru.service;

import io.orizuru.event.Change;

/** An instance is to be told otherwise, at its service and then on record. */
record Changing(Instance before, Instance after) implements Change {}
