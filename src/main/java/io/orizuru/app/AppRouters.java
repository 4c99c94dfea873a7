package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import io.orizuru.pool.Pools;
import io.orizuru.router.Routers;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;

/** Which routers lead to an app. */
@ApplicationScoped
class AppRouters {
    private final Apps apps;
    private final AppStore appStore;
    private final NameStore store;
    private final Events events;
    private final Routers routers;
    private final Pools pools;
    private final RouteSync routes;
    private final Certificates certificates;
    private final ReservedNames reserved;

    AppRouters(
            Apps apps,
            AppStore appStore,
            NameStore store,
            Events events,
            Routers routers,
            Pools pools,
            RouteSync routes,
            Certificates certificates,
            ReservedNames reserved) {
        this.apps = apps;
        this.appStore = appStore;
        this.store = store;
        this.events = events;
        this.routers = routers;
        this.pools = pools;
        this.routes = routes;
        this.certificates = certificates;
        this.reserved = reserved;
    }

    /** Adds a router that exists and that the app's pool lets in. */
    void add(Call call, App app, String router, Map<String, String> options) {
        routers.require(router);
        reserved.requireAddress(app.name(), router);
        events.perform(call, app.subject(), Data.of("name", router).with("opts", List.copyOf(options.keySet())), () -> {
            App current = apps.find(app.name());
            if (has(current, router)) {
                throw Failure.conflict("router already linked to this app");
            }
            if (!store.appsThatAnswerFor(app.name()).isEmpty()) {
                throw swapped(app.name());
            }
            pools.requireRouter(pools.find(current.pool()), router);
            appStore.insertRouter(
                    app.name(), new App.AppRouter(router, options, app.name()), store.nextRouterPosition(app.name()));
            store.routesChanged(List.of(app.name()));
        });
        routes.now();
        certificates.now();
    }

    /** Refuses: no router here has options that could be changed while it leads to an app. */
    void update(Call call, App app, String router) {
        requireLinked(app, router);
        events.perform(call, app.subject(), Data.of("name", router), () -> {
            throw Failure.invalid("updating is not supported by router \"" + router + "\"");
        });
    }

    /** Takes a router away; the app's names there lead nowhere then, and the certificate of its address goes. */
    void remove(Call call, App app, String router) {
        requireLinked(app, router);
        events.perform(call, app.subject(), Data.of("name", router), () -> {
            if (!store.appsThatAnswerFor(app.name()).isEmpty()) {
                throw swapped(app.name());
            }
            if (!store.deleteRouter(app.name(), router)) {
                throw notLinked(router);
            }
            certificates.namesChanged(app.name());
            store.routesChanged(List.of(app.name()));
        });
        routes.now();
        certificates.now();
    }

    private static void requireLinked(App app, String router) {
        if (!has(app, router)) {
            throw notLinked(router);
        }
    }

    private static boolean has(App app, String router) {
        return app.routers().stream().anyMatch(linked -> linked.name().equals(router));
    }

    private static Failure notLinked(String router) {
        return Failure.notFound("router \"" + router + "\" not found");
    }

    private static Failure swapped(String app) {
        return Failure.precondition("the app " + app + " is swapped: swap it back first");
    }
}
