package io.orizuru.app;

import io.orizuru.platform.PlatformUse;
import io.orizuru.pool.PoolUse;
import io.orizuru.team.TeamUse;
import io.orizuru.teamtoken.TokenUse;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Tells the rooms below which of their things apps refer to. */
@ApplicationScoped
class AppReferences implements TeamUse, PoolUse, PlatformUse, TokenUse {
    private final AppStore store;

    AppReferences(AppStore store) {
        this.store = store;
    }

    @Override
    public String what() {
        return "Apps";
    }

    @Override
    public List<String> of(String team) {
        return store.namesOfTeam(team);
    }

    @Override
    public List<String> appsIn(String pool) {
        return store.namesInPool(pool);
    }

    @Override
    public List<String> ownedBy(String owner) {
        return store.namesOfOwner(owner);
    }

    @Override
    public boolean uses(String platform) {
        return store.anyOnPlatform(platform);
    }

    @Override
    public void updated(String platform) {
        store.resetImages(platform);
    }
}
