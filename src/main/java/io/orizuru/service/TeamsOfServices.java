package io.orizuru.service;

import io.orizuru.team.TeamUse;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** A team that offers services is not removed; that it was let in to one goes with it. */
@ApplicationScoped
class TeamsOfServices implements TeamUse {
    private final ServiceStore store;

    TeamsOfServices(ServiceStore store) {
        this.store = store;
    }

    @Override
    public String what() {
        return "Services";
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
