package io.orizuru.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.orizuru.config.Settings;
import io.orizuru.db.Database;
import io.orizuru.provision.Exposure;
import io.orizuru.provision.UnitRecord;
import io.orizuru.router.AppRoutes;
import io.orizuru.router.Backend;
import io.orizuru.router.RouteListing;
import io.orizuru.router.RouterAddresses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The table of the running server's routers beside the routes on record. */
final class Routes implements Check {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

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

    private static String shown(@Nullable Set<String> routes) {
        return routes == null ? "nothing of it" : routes.toString();
    }

    private Map<Place, Set<String>> actual() {
        Map<Place, Set<String>> actual = new HashMap<>();
        table.forEach(
                listed -> actual.put(new Place(listed.router(), listed.routes().app()), text(listed.routes())));
        return actual;
    }

    /** What matters of routes, so that it can be compared and shown. */
    private static Set<String> text(AppRoutes routes) {
        Set<String> text = new TreeSet<>(routes.hosts());
        routes.backends().forEach(backend -> text.add(text(backend)));
        routes.weights().forEach((version, weight) -> text.add("v" + version + "=" + weight + "%"));
        for (AppRoutes.Part part : routes.parts()) {
            List<String> backends =
                    part.backends().stream().map(Routes::text).sorted().toList();
            text.add(new TreeSet<>(part.hosts()) + " to " + backends);
        }
        AppRoutes.Asleep asleep = routes.asleep();
        if (asleep != null) {
            List<String> proxy =
                    asleep.proxy().stream().map(Routes::text).sorted().toList();
            text.add("asleep" + (asleep.wakes() ? " until somebody comes" : "") + ", meanwhile to " + proxy);
        }
        return text;
    }

    private static String text(Backend backend) {
        return backend.unit() + "=" + backend.host() + ":" + backend.port();
    }

    private Map<String, Map<Integer, Integer>> shares() {
        Map<String, Map<Integer, Integer>> shares = new HashMap<>();
        database.sql("""
                        select a.name, (v->>'version')::int as version, (v->>'weight')::int as weight
                          from app a join release r on r.app = a.name and r.number = a.desired_release,
                               jsonb_array_elements(r.placement->'versions') v
                         where v->>'weight' is not null""").query(row -> {
            shares.computeIfAbsent(row.getString("name"), app -> new HashMap<>())
                    .put(row.getInt("version"), row.getInt("weight"));
        });
        return shares;
    }

    private Map<Place, Set<String>> recorded() {
        Map<String, List<UnitRecord>> units = units();
        Map<String, Map<Integer, Integer>> shares = shares();
        RouterAddresses addresses =
                new RouterAddresses(settings.routers(), settings.routerListen().port());
        Map<Place, Set<String>> recorded = new HashMap<>();
        database.sql("""
                        select r.router, r.app, r.address_of, a.exposure,
                               array(select cname from app_cname c where c.app = r.app) as cnames
                          from app_router r join app a on a.name = r.app""").query(row -> {
            String router = row.getString("router");
            String app = row.getString("app");
            Set<String> hosts =
                    new TreeSet<>(List.of((String[]) row.getArray("cnames").getArray()));
            String host = addresses.host(router, row.getString("address_of"));
            if (!host.isEmpty()) {
                hosts.add(host);
            }
            AppRoutes routes = exposure(row.getString("exposure"))
                    .routes(
                            app,
                            0,
                            hosts,
                            units.getOrDefault(app, List.of()),
                            shares.getOrDefault(app, Map.of()),
                            name -> addresses.host(router, name));
            recorded.put(new Place(router, app), text(routes));
        });
        return recorded;
    }

    private static Exposure exposure(@Nullable String text) {
        try {
            return text == null ? Exposure.NONE : JSON.readValue(text, Exposure.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what is on record of an app's routes cannot be read", e);
        }
    }

    /** The units that get requests. */
    private Map<String, List<UnitRecord>> units() {
        return database
                .sql("select * from unit where (routed or addressed) and host is not null and port is not null")
                .query(UnitRecord::of)
                .list()
                .stream()
                .collect(Collectors.groupingBy(UnitRecord::app));
    }
}
