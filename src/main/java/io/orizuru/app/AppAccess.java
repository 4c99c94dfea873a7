package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.team.Teams;
import jakarta.enterprise.context.ApplicationScoped;

/** Which teams have access to an app, besides the one that owns it. */
@ApplicationScoped
class AppAccess {
    private final Apps apps;
    private final AppStore store;
    private final Teams teams;
    private final Events events;

    AppAccess(Apps apps, AppStore store, Teams teams, Events events) {
        this.apps = apps;
        this.store = store;
        this.teams = teams;
        this.events = events;
    }

    void grant(Call call, App app, String team) {
        requireTeam(team);
        events.perform(call, app.subject(), Data.of("team", team), () -> {
            if (apps.find(app.name()).teams().contains(team)) {
                throw Failure.conflict("team already have access to this app");
            }
            if (!store.insertTeam(app.name(), team)) {
                throw noTeam();
            }
        });
    }

    void revoke(Call call, App app, String team) {
        requireTeam(team);
        events.perform(call, app.subject(), Data.of("team", team), () -> {
            App now = apps.find(app.name());
            if (now.teams().size() == 1) {
                throw Failure.forbidden(
                        "You can not revoke the access from this team, because it is the unique team with"
                                + " access to the app, and an app can not be orphaned");
            }
            if (now.teamOwner().equals(team)) {
                throw Failure.forbidden("You can not revoke the access from this team, because it owns the app");
            }
            if (!store.deleteTeam(app.name(), team)) {
                throw Failure.notFound("team does not have access to this app");
            }
        });
    }

    private void requireTeam(String team) {
        if (teams.find(team).isEmpty()) {
            throw noTeam();
        }
    }

    private static Failure noTeam() {
        return Failure.notFound("Team not found");
    }
}
