package io.orizuru.quota;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.event.Subject;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.team.Team;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** How many apps users and teams may own. The units of apps are the room of apps. */
@ApplicationScoped
public class Quotas {
    private final QuotaStore store;
    private final Events events;

    Quotas(QuotaStore store, Events events) {
        this.store = store;
        this.events = events;
    }

    Quota ofUser(Call call, String email) {
        call.require("user.read.quota", List.of(Context.user(email)));
        return user(email);
    }

    private Quota user(String email) {
        return store.ofUser(email).orElseThrow(() -> Failure.notFound("user not found"));
    }

    Quota ofTeam(Team team) {
        return team(team.name());
    }

    private Quota team(String name) {
        return store.ofTeam(name).orElseThrow(() -> Failure.notFound("team not found"));
    }

    /** Changes a user's limit. That everyone may change the own account lets nobody lift the own limit. */
    void limitUser(Call call, String email, String limit) {
        boolean own =
                call.caller().type() == Caller.Type.USER && call.caller().name().equals(email);
        call.require("user.update.quota", own ? List.of() : List.of(Context.user(email)));
        user(email);
        int wanted = Quota.limit(limit);
        Subject subject = Subject.of("user", email, Context.user(email));
        events.perform(call, subject, Data.of("email", email).with("limit", wanted), () -> {
            store.lockUser(email);
            user(email).requireLimit(wanted);
            store.limitUser(email, wanted);
        });
    }

    void limitTeam(Call call, Team team, String limit) {
        int wanted = Quota.limit(limit);
        Subject subject = Subject.of("team", team.name(), Context.team(team.name()));
        events.perform(call, subject, Data.of("name", team.name()).with("limit", wanted), () -> {
            store.lockTeam(team.name());
            team(team.name()).requireLimit(wanted);
            store.limitTeam(team.name(), wanted);
        });
    }

    /**
     * Refuses one more app than the user and the team may own. Others that take of these quotas wait until the thread's
     * transaction ends.
     *
     * @param owner who is making the app; team tokens have no quota of their own
     */
    public void requireRoomForApp(Caller owner, String team) {
        if (owner.type() == Caller.Type.USER) {
            store.lockUser(owner.name());
            requireOneMore(user(owner.name()));
        }
        requireRoomForAppOf(team);
    }

    /** As {@link #requireRoomForApp}, for an app that comes to a team from another one. */
    public void requireRoomForAppOf(String team) {
        store.lockTeam(team);
        requireOneMore(store.ofTeam(team).orElseThrow(() -> Failure.invalid("team not found")));
    }

    private static void requireOneMore(Quota quota) {
        if (!quota.hasRoomFor(1)) {
            throw Failure.quotaExceeded("Quota exceeded");
        }
    }
}
