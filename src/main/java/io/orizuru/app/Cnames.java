package io.orizuru.app;

import io.orizuru.config.Settings;
import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Further names that lead to apps. They are written in one transaction and followed by all routers within a second, by
 * those of this server before the call returns.
 */
@ApplicationScoped
class Cnames {
    private static final Pattern CNAME = Pattern.compile("(\\*\\.)?[a-zA-Z0-9][\\w.-]+");
    /** As DNS has it. */
    private static final int LONGEST = 253;

    private final Apps apps;
    private final NameStore store;
    private final Events events;
    private final RouteSync routes;
    private final Certificates certificates;
    private final Settings settings;

    Cnames(Apps apps, NameStore store, Events events, RouteSync routes, Certificates certificates, Settings settings) {
        this.apps = apps;
        this.certificates = certificates;
        this.store = store;
        this.events = events;
        this.routes = routes;
        this.settings = settings;
    }

    /**
     * Adds names.
     *
     * @throws Failure when one is no name, is there already, or is another app's that is not the same team's or shares a
     *     router; none is added then
     */
    void add(Call call, App app, List<String> given) {
        List<String> names = checked(given);
        events.perform(call, app.subject(), Data.of("cname", names), () -> {
            App current = apps.find(app.name());
            int position = store.nextPosition(current.name());
            List<String> all = new ArrayList<>(current.cnames());
            for (String name : names) {
                if (all.contains(name)) {
                    throw Failure.conflict("cname " + name + " already exists for this app");
                }
                refuseForeign(current, name);
                all.add(name);
                store.insertCname(current.name(), name, position++);
            }
            store.routesChanged(List.of(current.name()));
        });
        routes.now();
    }

    /** Removes names with their certificates; when one is not there, none is removed. */
    void remove(Call call, App app, List<String> given) {
        if (given.isEmpty()) {
            throw Failure.invalid("You must provide the cname.");
        }
        List<String> names =
                given.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        events.perform(call, app.subject(), Data.of("cname", names), () -> {
            for (String name : names) {
                if (!store.deleteCname(app.name(), name)) {
                    throw Failure.invalid("cname " + name + " not exists in app");
                }
            }
            certificates.namesChanged(app.name());
            store.routesChanged(List.of(app.name()));
        });
        routes.now();
        certificates.now();
    }

    private List<String> checked(List<String> given) {
        if (given.isEmpty()) {
            throw Failure.invalid("You must provide the cname.");
        }
        List<String> names = new ArrayList<>();
        for (String name : given) {
            if (name.length() > LONGEST
                    || !CNAME.matcher(name).matches()
                    || name.endsWith(".")
                    || name.contains("..")) {
                throw Failure.invalid("Invalid cname");
            }
            String plain = name.toLowerCase(Locale.ROOT);
            for (Settings.RouterSettings router : settings.routers()) {
                if (plain.startsWith("*.") && ("." + router.domain()).endsWith(plain.substring(1))) {
                    throw Failure.invalid("Invalid cname: " + plain + " covers " + router.domain()
                            + ", where the router " + router.name() + " names apps itself");
                }
                if (plain.endsWith("." + router.domain()) || plain.equals(router.domain())) {
                    throw Failure.invalid("Invalid cname: " + plain + " is below " + router.domain()
                            + ", where the router " + router.name() + " names apps itself");
                }
            }
            names.add(plain);
        }
        return names.stream().distinct().toList();
    }

    /** A name may be shared only by apps of one team, and only where they are told apart by their routers. */
    private void refuseForeign(App app, String name) {
        List<String> routers = app.routers().stream().map(App.AppRouter::name).toList();
        for (String owner : store.appsWithCname(name)) {
            App other = apps.find(owner);
            boolean sharesRouter = other.routers().stream().anyMatch(router -> routers.contains(router.name()));
            if (sharesRouter) {
                throw Failure.conflict("cname " + name + " already exists for app " + owner + " using same router");
            }
            if (!other.teamOwner().equals(app.teamOwner())) {
                throw Failure.conflict("cname " + name + " already exists for another app " + owner
                        + " and belongs to a different team owner");
            }
        }
    }
}
