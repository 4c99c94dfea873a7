package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.files.Descriptors;
import io.orizuru.router.RouteListing;
import io.orizuru.router.Router;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.orizuru.router.Wakes;
import io.orizuru.router.builtin.BuiltinRouter;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.remote.OwnRouter;
import io.orizuru.router.remote.RemoteRouters;
import io.orizuru.server.MoreMetrics;
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

/**
 * The named routers of the settings: on a data plane in a process of its own, or of this server, or on routers that somebody
 * else started.
 */
@Singleton
class LocalRouter {
    private final Settings settings;
    private final @Nullable DataPlane plane;
    private final @Nullable RemoteRouters apart;
    private final @Nullable OwnRouter own;
    private final RouteListing listing;
    private final int port;

    LocalRouter(Settings settings) {
        this.settings = settings;
        this.listing = new RouteListing(settings.data());
        Settings.RouterPlace place = Launch.current().routerPlace();
        if (place == Settings.RouterPlace.IN_PROCESS) {
            this.apart = null;
            this.own = null;
            this.plane = new DataPlane(BuiltinRouter.Options.of(settings.routerListen())
                    .withTls(settings.routerTlsListen())
                    .withTrustedProxies(settings.trustedProxies())
                    .withLimits(BuiltinRouter.Limits.DEFAULT.within(Descriptors.own()))
                    .withTimeouts(BuiltinRouter.Timeouts.DEFAULT.withWake(settings.wakeLimit())));
            this.port = listen(plane);
        } else {
            this.plane = null;
            this.own =
                    place == Settings.RouterPlace.OWN_PROCESS ? new OwnRouter(settings, RouterProgram.command()) : null;
            this.apart = new RemoteRouters(settings.routersApart());
            int wanted = settings.routerListen().port();
            this.port = wanted == 0 && own != null ? own.awaitPort() : wanted;
        }
    }

    private int listen(DataPlane made) {
        try {
            return made.listen();
        } catch (IOException e) {
            throw new UncheckedIOException("the router cannot listen on " + settings.routerListen(), e);
        }
    }

    /** Made with the start, not with the first use. */
    void start(@Observes @Priority(150) StartupEvent started) {}

    /** The routes on record are in the table by now: who came before is served by them. */
    void open(@Observes @Priority(350) StartupEvent started, Routers routers) throws IOException {
        if (plane != null) {
            plane.accept();
        }
        if (own != null) {
            own.awaitPort();
        }
        if (apart != null) {
            apart.start();
        }
        listing.start(routers);
    }

    /** When no operation needs it any more, and before units may end: nobody is sent to one that is gone. */
    void stop(@Observes @Priority(1500) ShutdownEvent stopped) {
        listing.close();
        if (plane != null) {
            plane.close();
        }
        if (apart != null) {
            apart.close();
        }
        if (own != null && !Launch.current().keepsRouter()) {
            own.close();
        }
    }

    @Produces
    @Singleton
    Routers routers() {
        List<Router> routers = settings.routers().stream().map(this::named).toList();
        return new Routers(routers, wakes());
    }

    private Wakes wakes() {
        if (apart != null) {
            return apart.wakes();
        }
        return plane == null ? new Wakes() : plane.wakes();
    }

    private Router named(Settings.RouterSettings router) {
        if (apart != null) {
            return apart.named(router);
        }
        if (plane != null) {
            return new BuiltinRouter(router.name(), router.type(), router.tls(), plane);
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

    /** What the router of this server counts, when it has a process of its own; in the text of {@code /metrics}. */
    @Produces
    @Singleton
    MoreMetrics metrics() {
        return () -> own == null ? "" : own.metrics();
    }

    /** The routers that run apart; none when this server has its own. */
    List<RemoteRouters.State> apart() {
        return apart == null ? List.of() : apart.states();
    }
}
