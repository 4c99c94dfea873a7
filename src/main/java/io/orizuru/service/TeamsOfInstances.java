package io.orizuru.service;

import io.orizuru.team.TeamUse;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** A team that owns instances is not removed; its access to others goes with it. */
@ApplicationScoped
class TeamsOfInstances implements TeamUse {
    private final InstanceStore store;

    TeamsOfInstances(InstanceStore store) {
        this.store = store;
    }

    @Override
    public String what() {
        return "Service instances";
    }

    @Override
    public List<String> of(String team) {
        return store.ofTeam(team);
    }

    @Override
    public void removed(String team) {
        store.forgetTeam(team);
    }
}
