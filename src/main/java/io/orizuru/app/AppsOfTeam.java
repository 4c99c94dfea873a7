package io.orizuru.app;

import io.orizuru.http.Call;
import io.orizuru.team.Team;
import io.orizuru.team.TeamPart;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;

/** The apps that a team owns. */
@ApplicationScoped
class AppsOfTeam implements TeamPart {
    private final Apps apps;
    private final AppViews views;

    AppsOfTeam(Apps apps, AppViews views) {
        this.apps = apps;
        this.views = views;
    }

    @Override
    public String name() {
        return "apps";
    }

    @Override
    public Collection<?> of(Call call, Team team) {
        AppFilter owned = new AppFilter("", "", team.name(), "", "", false, List.of(), List.of());
        return views.list(apps.list(call, owned), List.of(), false, false);
    }
}
