package io.orizuru.team;

import io.orizuru.access.ContextCheck;
import io.orizuru.access.ContextType;
import jakarta.enterprise.context.ApplicationScoped;
import org.jspecify.annotations.Nullable;

@ApplicationScoped
class TeamContext implements ContextCheck {
    private final TeamStore store;

    TeamContext(TeamStore store) {
        this.store = store;
    }

    @Override
    public ContextType type() {
        return ContextType.TEAM;
    }

    @Override
    public @Nullable String missing(String value) {
        return store.find(value).isPresent() ? null : "team not found";
    }
}
