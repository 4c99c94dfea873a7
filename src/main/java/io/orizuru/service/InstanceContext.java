package io.orizuru.service;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class InstanceContext implements ContextCheck {
    private final InstanceStore store;

    InstanceContext(InstanceStore store) {
        this.store = store;
    }

    @Override
    public ContextType type() {
        return ContextType.SERVICE_INSTANCE;
    }

    @Override
    public @Nullable String missing(String value) {
        int slash = value.indexOf('/');
        boolean there = slash > 0
                && store.find(value.substring(0, slash), value.substring(slash + 1))
                        .isPresent();
        return there ? null : Instances.NOT_FOUND;
    }
}
