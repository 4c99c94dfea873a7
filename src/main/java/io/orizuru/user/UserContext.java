package io.orizuru.user;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class UserContext implements ContextCheck {
    private final UserStore store;

    UserContext(UserStore store) {
        this.store = store;
    }

    @Override
    public ContextType type() {
        return ContextType.USER;
    }

    @Override
    public @Nullable String missing(String value) {
        return store.exists(value) ? null : "user not found";
    }
}
