package io.orizuru.event;

/**
 * What an accepted operation will do, as far as it does not stand in the desired state already. Kept with the event,
 * encrypted, so that whoever takes over can go on. Implementations are records that Jackson can write and read.
 */
public interface Change {}
