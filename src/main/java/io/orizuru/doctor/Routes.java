package io.orizuru.doctor;

import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.router.Backend;
import io.orizuru.router.RouteListing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The table of the running server's routers beside the routes on record. */
final class Routes implements Check {
    private final Settings settings;
    private final Database database;
    private final List<RouteListing.Listed> table;

    Routes(Settings settings, Database database, List<RouteListing.Listed> table) {
        this.settings = settings;
        this.database = database;
        this.table = table;
    }

    private record Place(String router, String app) {}

    @Override
    public List<Finding> look() {
        Set<String> busy = Records.busy(database);
        Map<Place, Set<String>> recorded = recorded();
        Map<Place, Set<String>> actual = actual();
        Set<Place> places = new HashSet<>(recorded.keySet());
        places.addAll(actual.keySet());
        List<Finding> findings = new ArrayList<>();
        for (Place place : places) {
            if (busy.contains(place.app()) || isElsewhere(place)) {
                continue;
            }
            Set<String> should = recorded.get(place);
            Set<String> is = actual.get(place);
            if (should == null || !should.equals(is)) {
                findings.add(new Finding(
                        Invariant.ROUTES_AS_RECORDED,
                        "app/" + place.app(),
                        "the router " + place.router() + " has " + shown(is) + ", on record is " + shown(should)));
            }
        }
        return findings;
    }

    /** Whether a router is none of this server's. */
    private boolean isElsewhere(Place place) {
        return settings.routers().stream().noneMatch(router -> router.name().equals(place.router()));
    }

    private static String shown(@org.jspecify.annotations.Nullable Set<String> routes) {
        return routes == null ? "nothing of it" : routes.toString();
    }

    private Map<Place, Set<String>> actual() {
        Map<Place, Set<String>> actual = new HashMap<>();
        for (RouteListing.Listed listed : table) {
            Set<String> routes = new TreeSet<>(listed.routes().hosts());
            for (Backend backend : listed.routes().backends()) {
                routes.add(backend.unit() + "=" + backend.host() + ":" + backend.port());
            }
            listed.routes().shares().forEach((version, weight) -> routes.add(share(version, weight)));
            actual.put(new Place(listed.router(), listed.routes().app()), routes);
        }
        return actual;
    }

    private static String share(int version, int weight) {
        return "v" + version + "=" + weight + "%";
    }

    private Map<String, Set<String>> shares() {
        Map<String, Set<String>> shares = new HashMap<>();
        database.sql("""
                        select a.name, (v->>'version')::int as version, (v->>'weight')::int as weight
                          from app a join release r on r.app = a.name and r.number = a.desired_release,
                               jsonb_array_elements(r.placement->'versions') v
                         where v->>'weight' is not null""").query(row -> {
            shares.computeIfAbsent(row.getString("name"), app -> new HashSet<>())
                    .add(share(row.getInt("version"), row.getInt("weight")));
        });
        return shares;
    }

    private Map<Place, Set<String>> recorded() {
        Map<String, String> domains = settings.routers().stream()
                .collect(Collectors.toMap(Settings.RouterSettings::name, Settings.RouterSettings::domain));
        Map<String, Set<String>> shares = shares();
        Map<Place, Set<String>> recorded = new HashMap<>();
        database.sql("""
                        select r.router, r.app, array_remove(array_agg(u.id || '=' || u.host || ':' || u.port), null) as backends
                          from app_router r left join unit u on u.app = r.app and u.routed
                         group by r.router, r.app""").query(row -> {
            String router = row.getString("router");
            String app = row.getString("app");
            Set<String> routes = new TreeSet<>();
            if (domains.containsKey(router)) {
                routes.add(app + "." + domains.get(router));
            }
            routes.addAll(List.of((String[]) row.getArray("backends").getArray()));
            routes.addAll(shares.getOrDefault(app, Set.of()));
            recorded.put(new Place(router, app), routes);
        });
        return recorded;
    }
}
