package io.orizuru.doctor;

import io.orizuru.config.Settings;
import io.orizuru.config.Settings.RouterSettings;
import io.orizuru.db.Database;
import io.orizuru.router.RouteListing;
import io.orizuru.router.RouterAddresses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The certificates on record beside the names of their apps, and beside what the running server's routers show. */
final class Certificates implements Check {
    private final Settings settings;
    private final Database database;
    private final @Nullable List<RouteListing.Listed> table;

    /** @param table what the routers have; null when nobody tells */
    Certificates(Settings settings, Database database, @Nullable List<RouteListing.Listed> table) {
        this.settings = settings;
        this.database = database;
        this.table = table;
    }

    private record Place(String router, String app) {}

    @Override
    public List<Finding> look() {
        Map<Place, Set<String>> names = names();
        Map<String, Map<String, String>> kept = kept();
        List<Finding> findings = new ArrayList<>();
        kept.forEach((app, certificates) -> certificates.keySet().forEach(name -> {
            boolean leads = names.entrySet().stream()
                    .anyMatch(place ->
                            place.getKey().app().equals(app) && place.getValue().contains(name));
            if (!leads) {
                findings.add(new Finding(
                        Invariant.CERTIFICATE_NAMED,
                        "app/" + app,
                        "a certificate is for " + name + ", which does not lead to it"));
            }
        }));
        if (table != null) {
            compare(names, kept, table, findings);
        }
        return findings;
    }

    private void compare(
            Map<Place, Set<String>> names,
            Map<String, Map<String, String>> kept,
            List<RouteListing.Listed> listed,
            List<Finding> findings) {
        Set<String> busy = Records.busy(database);
        Map<Place, Map<String, String>> actual = new HashMap<>();
        listed.forEach(
                each -> actual.put(new Place(each.router(), each.routes().app()), new TreeMap<>(each.certificates())));
        Set<String> withTls = settings.routers().stream()
                .filter(RouterSettings::tls)
                .map(RouterSettings::name)
                .collect(Collectors.toSet());
        Set<Place> places = new HashSet<>(names.keySet());
        places.addAll(actual.keySet());
        for (Place place : places) {
            if (busy.contains(place.app())) {
                continue;
            }
            Map<String, String> should = new TreeMap<>(kept.getOrDefault(place.app(), Map.of()));
            should.keySet()
                    .retainAll(withTls.contains(place.router()) ? names.getOrDefault(place, Set.of()) : Set.of());
            Map<String, String> is = actual.getOrDefault(place, Map.of());
            if (!should.equals(is)) {
                findings.add(new Finding(
                        Invariant.CERTIFICATES_AS_RECORDED,
                        "app/" + place.app(),
                        "the router " + place.router() + " shows " + is + ", on record is " + should));
            }
        }
    }

    /** Which names lead to apps, by router. */
    private Map<Place, Set<String>> names() {
        RouterAddresses addresses =
                new RouterAddresses(settings.routers(), settings.routerListen().port());
        Map<Place, Set<String>> names = new HashMap<>();
        database.sql("""
                        select r.router, r.app, r.address_of,
                               array(select cname from app_cname c where c.app = r.app) as cnames
                          from app_router r""").query(row -> {
            String router = row.getString("router");
            Set<String> all =
                    new HashSet<>(List.of((String[]) row.getArray("cnames").getArray()));
            all.add(addresses.host(router, row.getString("address_of")));
            names.put(new Place(router, row.getString("app")), all);
        });
        return names;
    }

    /** Fingerprints by app and name. */
    private Map<String, Map<String, String>> kept() {
        Map<String, Map<String, String>> kept = new HashMap<>();
        database.sql("select app, name, fingerprint from certificate").query(row -> {
            kept.computeIfAbsent(row.getString("app"), app -> new HashMap<>())
                    .put(row.getString("name"), row.getString("fingerprint"));
        });
        return kept;
    }
}
