package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.router.Router;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.orizuru.router.builtin.BuiltinRouter;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.remote.RemoteRouters;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The named routers of the settings: on a data plane of this server, or on routers that run apart. */
@Singleton
class LocalRouter {
    private final Settings settings;
    private final @Nullable DataPlane plane;
    private final @Nullable RemoteRouters apart;
    private final int port;

    LocalRouter(Settings settings) {
        this.settings = settings;
        if (settings.routersApart().admins().isEmpty()) {
            this.apart = null;
            this.plane = new DataPlane(
                    BuiltinRouter.Options.of(settings.routerListen()).withTrustedProxies(settings.trustedProxies()));
            this.port = start(plane);
        } else {
            this.apart = new RemoteRouters(settings.routersApart());
            this.plane = null;
            this.port = settings.routerListen().port();
        }
    }

    private int start(DataPlane started) {
        try {
            // It listens before the routes are read; until then nobody is told that there is no such app.
            started.incomplete(true);
            return started.start();
        } catch (IOException e) {
            throw new UncheckedIOException("the router cannot listen on " + settings.routerListen(), e);
        }
    }

    /** Made with the start, not with the first use. */
    void start(@Observes @Priority(150) StartupEvent started) {}

    /** After the routes on record were applied. */
    void routesAreKnown(@Observes @Priority(310) StartupEvent started) {
        if (plane != null) {
            plane.incomplete(false);
        }
        if (apart != null) {
            apart.start();
        }
    }

    /** When no operation needs it any more, and before units may end: nobody is sent to one that is gone. */
    void stop(@Observes @Priority(1500) ShutdownEvent stopped) {
        if (plane != null) {
            plane.close();
        }
        if (apart != null) {
            apart.close();
        }
    }

    @Produces
    @Singleton
    Routers routers() {
        List<Router> routers = settings.routers().stream().map(this::named).toList();
        return new Routers(routers);
    }

    private Router named(Settings.RouterSettings router) {
        if (apart != null) {
            return apart.named(router);
        }
        if (plane != null) {
            return new BuiltinRouter(router.name(), plane);
        }
        throw new IllegalStateException("there is neither a data plane nor a router that runs apart");
    }

    @Produces
    @Singleton
    RouterAddresses addresses() {
        return new RouterAddresses(settings.routers(), port);
    }

    /** The data plane of this server, unless routers run apart. */
    Optional<DataPlane> plane() {
        return Optional.ofNullable(plane);
    }

    /** The routers that run apart; none when this server has its own. */
    List<RemoteRouters.State> apart() {
        return apart == null ? List.of() : apart.states();
    }
}
