package io.orizuru;

import io.orizuru.router.remote.RemoteRouters;
import io.orizuru.server.HealthCheck;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Whether the routers that run apart can be told their routes. */
@ApplicationScoped
class RouterHealth implements HealthCheck {
    private final LocalRouter router;

    RouterHealth(LocalRouter router) {
        this.router = router;
    }

    @Override
    public String name() {
        return "Routers";
    }

    @Override
    public List<String> problems() {
        List<RemoteRouters.State> all = router.apart();
        List<String> away = away(all);
        return !all.isEmpty() && away.size() == all.size() ? away : List.of();
    }

    @Override
    public List<String> notices() {
        return away(router.apart());
    }

    private static List<String> away(List<RemoteRouters.State> all) {
        return all.stream()
                .filter(state -> state.trouble() != null)
                .map(state -> isHere(state)
                        ? "the router of this machine is away"
                        : "the router at " + state.admin() + " is away: " + state.trouble())
                .toList();
    }

    /** Anyone may ask how the server is, and where its files are concerns nobody. */
    private static boolean isHere(RemoteRouters.State state) {
        return "unix".equals(state.admin().getScheme());
    }
}
