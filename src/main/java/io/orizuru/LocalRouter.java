package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.router.RouteListing;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.orizuru.router.builtin.BuiltinRouter;
import io.orizuru.router.builtin.DataPlane;
import io.orizuru.router.builtin.Snapshot;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** The data plane of this server, and the named routers of the settings on it. */
@Singleton
class LocalRouter {
    private final Settings settings;
    private final DataPlane plane;
    private final RouteListing listing;
    private final int port;

    LocalRouter(Settings settings) {
        this.settings = settings;
        this.listing = new RouteListing(settings.data());
        this.plane = new DataPlane(
                BuiltinRouter.Options.of(settings.routerListen()).withTrustedProxies(settings.trustedProxies()));
        try {
            this.port = plane.listen();
        } catch (IOException e) {
            throw new UncheckedIOException("the router cannot listen on " + settings.routerListen(), e);
        }
    }

    /** Made with the start, not with the first use. */
    void start(@Observes @Priority(150) StartupEvent started) {}

    /** The routes on record are in the table by now. */
    void open(@Observes @Priority(350) StartupEvent started, Routers routers) throws IOException {
        plane.accept();
        listing.start(routers);
    }

    void stop(@Observes @Priority(3000) ShutdownEvent stopped) {
        listing.close();
        plane.close();
    }

    @Produces
    @Singleton
    Routers routers() {
        List<BuiltinRouter> routers = settings.routers().stream()
                .map(router -> new BuiltinRouter(router.name(), plane))
                .toList();
        return new Routers(routers);
    }

    @Produces
    @Singleton
    RouterAddresses addresses() {
        return new RouterAddresses(settings.routers(), port);
    }

    /** The data plane's counters, as they are now. */
    Snapshot snapshot() {
        return plane.snapshot();
    }
}
