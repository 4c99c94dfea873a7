package io.orizuru.pool;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class PoolContext implements ContextCheck {
    private final PoolStore store;

    PoolContext(PoolStore store) {
        this.store = store;
    }

    @Override
    public ContextType type() {
        return ContextType.POOL;
    }

    @Override
    public @Nullable String missing(String value) {
        return store.find(value).isPresent() ? null : "Pool does not exist.";
    }
}
