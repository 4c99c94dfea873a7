package io.orizuru.app;

import io.orizuru.config.Settings;
import jakarta.enterprise.context.ApplicationScoped;

/** The router of apps that ask for none. */
@ApplicationScoped
class DefaultRouter {
    private final Settings settings;

    DefaultRouter(Settings settings) {
        this.settings = settings;
    }

    String name() {
        return settings.defaultRouter().name();
    }
}
