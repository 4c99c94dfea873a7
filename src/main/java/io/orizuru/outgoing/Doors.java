package io.orizuru.outgoing;

import io.orizuru.config.Settings;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The door as the settings want it. */
@Singleton
final class Doors {
    @Produces
    @Singleton
    Door door(Settings settings) {
        return new Door(Door.Limits.standard(), settings.outgoingAllowed(), Resolver.system());
    }
}
