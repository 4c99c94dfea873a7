package io.orizuru.app;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class AppContext implements ContextCheck {
    private final AppStore store;

    AppContext(AppStore store) {
        this.store = store;
    }

    @Override
    public ContextType type() {
        return ContextType.APP;
    }

    @Override
    public @Nullable String missing(String value) {
        return store.find(value).isPresent() ? null : "App not found";
    }
}
