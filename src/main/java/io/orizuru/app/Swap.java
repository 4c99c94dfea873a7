package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Objects;

/** Exchanges the names of two apps, with their certificates, so that each gets the other's visitors: in one transaction, without a request lost. */
@ApplicationScoped
class Swap {
    private final Apps apps;
    private final Releases releases;
    private final NameStore store;
    private final Events events;
    private final RouteSync routes;
    private final Certificates certificates;

    Swap(Apps apps, Releases releases, NameStore store, Events events, RouteSync routes, Certificates certificates) {
        this.apps = apps;
        this.releases = releases;
        this.store = store;
        this.events = events;
        this.routes = routes;
        this.certificates = certificates;
    }

    /**
     * Swaps two apps; both are locked meanwhile.
     *
     * @param force whether differences of platform and number of units do not matter
     * @param cnameOnly whether the names that routers gave them stay
     */
    void swap(Call call, App first, App second, boolean force, boolean cnameOnly) {
        call.require("app.update.swap", first.contexts());
        call.require("app.update.swap", second.contexts());
        if (first.name().equals(second.name())) {
            throw Failure.invalid("the app " + first.name() + " cannot be swapped with itself");
        }
        Data data = Data.of("app1", first.name())
                .with("app2", second.name())
                .with("force", force)
                .with("cnameOnly", cnameOnly);
        events.perform(call, first.subject().and(second.subject()), data, () -> {
            App one = apps.find(first.name());
            App other = apps.find(second.name());
            check(one, other, force, cnameOnly);
            certificates.swap(one, other, cnameOnly);
            store.swapCnames(one.name(), other.name());
            if (!cnameOnly) {
                store.swapAddresses(one.name(), other.name());
            }
            store.routesChanged(List.of(one.name(), other.name()));
        });
        routes.now();
        certificates.now();
    }

    private void check(App one, App other, boolean force, boolean cnameOnly) {
        if (!force && !Objects.equals(one.platform(), other.platform())) {
            throw Failure.precondition("platforms don't match");
        }
        Placement here = releases.desired(one).placement();
        Placement there = releases.desired(other).placement();
        if (!force && here.units() != there.units()) {
            throw Failure.precondition("number of units doesn't match: " + one.name() + " has " + here.units() + ", "
                    + other.name() + " " + there.units());
        }
        if (cnameOnly) {
            if (one.cnames().isEmpty() && other.cnames().isEmpty()) {
                throw Failure.invalid("no cnames to swap");
            }
            return;
        }
        if (here.versions().size() > 1 || there.versions().size() > 1) {
            throw Failure.invalid("swapping apps with multiple versions is not allowed");
        }
        if (one.routers().size() != 1 || other.routers().size() != 1) {
            throw Failure.invalid("swapping apps with multiple routers is not supported");
        }
        if (!one.routers().getFirst().name().equals(other.routers().getFirst().name())) {
            throw Failure.invalid("swapping apps with different routers is not supported");
        }
    }
}
