package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.event.Events;
import io.orizuru.failure.Failure;
import io.orizuru.http.Call;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Further names that lead to apps. They are written in one transaction and followed by all routers within a second, by
 * those of this server before the call returns.
 */
@ApplicationScoped
class Cnames {
    private static final int MOST_AT_ONCE = 20;
    private static final int MOST_OF_AN_APP = 200;

    private final Apps apps;
    private final NameStore store;
    private final Events events;
    private final RouteSync routes;
    private final Certificates certificates;
    private final ReservedNames reserved;
    private final Ownership ownership;

    Cnames(
            Apps apps,
            NameStore store,
            Events events,
            RouteSync routes,
            Certificates certificates,
            ReservedNames reserved,
            Ownership ownership) {
        this.apps = apps;
        this.store = store;
        this.events = events;
        this.routes = routes;
        this.certificates = certificates;
        this.reserved = reserved;
        this.ownership = ownership;
    }

    /**
     * Adds names.
     *
     * @throws Failure when one is no name, nobody's to take, is there already, or is another app's that is not the same team's or shares a
     *     router; none is added then
     */
    void add(Call call, App app, List<String> given) {
        List<PublicName> names = checked(given);
        ownership.require(app.name(), names);
        Data data = Data.of("cname", names.stream().map(PublicName::toString).toList());
        events.perform(call, app.subject(), data, () -> {
            store.lockNames();
            App current = apps.find(app.name());
            int position = store.nextPosition(current.name());
            List<String> all = new ArrayList<>(current.cnames());
            for (PublicName name : names) {
                if (all.contains(name.toString())) {
                    throw Failure.conflict("cname " + name + " already exists for this app");
                }
                refuseForeign(call, current, name);
                all.add(name.toString());
                store.insertCname(current.name(), name.toString(), position++);
            }
            if (all.size() > MOST_OF_AN_APP) {
                throw Failure.invalid("the app would have " + all.size() + " cnames, more than " + MOST_OF_AN_APP);
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
        List<String> names = given.stream().map(Cnames::asRecorded).toList();
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

    private List<PublicName> checked(List<String> given) {
        if (given.isEmpty()) {
            throw Failure.invalid("You must provide the cname.");
        }
        if (given.size() > MOST_AT_ONCE) {
            throw Failure.invalid(given.size() + " cnames are given, more than " + MOST_AT_ONCE + " at once");
        }
        List<PublicName> names = given.stream().map(PublicName::of).distinct().toList();
        names.forEach(reserved::require);
        return names;
    }

    /** As it is on record; a name that was taken under other rules can still be removed. */
    private static String asRecorded(String given) {
        try {
            return PublicName.of(given).toString();
        } catch (Failure otherRules) {
            return given.toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A name may be shared only by apps of one team, and only where they are told apart by their routers. Of names that lead to
     * the same visitors, as those below a wildcard do, all are one team's.
     */
    private void refuseForeign(Call call, App app, PublicName name) {
        List<String> routers = app.routers().stream().map(App.AppRouter::name).toList();
        for (String owner : store.appsWithCname(name.toString())) {
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
        for (NameStore.Taken neighbour : store.cnamesOfOthers(app.name())) {
            if (!PublicName.recorded(neighbour.cname()).overlaps(name)) {
                continue;
            }
            if (!neighbour.teamOwner().equals(app.teamOwner())) {
                throw Failure.conflict("cname " + name + " overlaps the cname " + neighbour.cname()
                        + ", which belongs to a different team owner");
            }
            // Who owns an app is told by who may change it: its visitors are taken only by who may name it as well.
            call.require("app.update.cname.add", apps.find(neighbour.app()).contexts());
        }
    }
}
