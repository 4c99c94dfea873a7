package io.orizuru.app;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import io.orizuru.router.Routers;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

/** Routers know nothing of permissions; apps, which use them, speak for them. */
@ApplicationScoped
class RouterContext implements ContextCheck {
    private final Routers routers;

    RouterContext(Routers routers) {
        this.routers = routers;
    }

    @Override
    public ContextType type() {
        return ContextType.ROUTER;
    }

    @Override
    public @Nullable String missing(String value) {
        return routers.find(value).isPresent() ? null : "router not found";
    }
}
