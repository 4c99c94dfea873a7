package io.orizuru.pool;

import io.orizuru.http.Call;
import io.orizuru.team.Team;
import io.orizuru.team.TeamPart;
import io.orizuru.team.TeamUse;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;

/** What pools say of teams by name: it follows a team to its new name, and goes with it. */
@ApplicationScoped
class TeamsOfPools implements TeamUse, TeamPart {
    private final PoolStore store;
    private final Pools pools;

    TeamsOfPools(PoolStore store, Pools pools) {
        this.store = store;
        this.pools = pools;
    }

    @Override
    public String what() {
        return "Pools";
    }

    /** A pool does not keep a team. */
    @Override
    public List<String> of(String team) {
        return List.of();
    }

    @Override
    public void renamed(String oldName, String newName) {
        store.renameTeam(oldName, newName);
    }

    @Override
    public void removed(String team) {
        store.removeTeam(team);
    }

    @Override
    public String name() {
        return "pools";
    }

    @Override
    public Collection<?> of(Call call, Team team) {
        return pools.list(call).stream()
                .filter(shown -> shown.teams().contains(team.name()))
                .map(PoolResource.PoolInfo::of)
                .toList();
    }
}
