package io.orizuru.service;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class ServiceContext implements ContextCheck {
    private final ServiceStore store;

    ServiceContext(ServiceStore store) {
        this.store = store;
    }

    @Override
    public ContextType type() {
        return ContextType.SERVICE;
    }

    @Override
    public @Nullable String missing(String value) {
        return store.find(value).isPresent() ? null : Services.NOT_FOUND;
    }
}
