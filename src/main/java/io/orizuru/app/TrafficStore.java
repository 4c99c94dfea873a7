package io.orizuru.app;

import io.orizuru.db.Database;
import io.orizuru.router.Traffic;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What routers saw of requests to apps that try a version, where every server can add it up. */
@ApplicationScoped
class TrafficStore {
    private final Database database;

    TrafficStore(Database database) {
        this.database = database;
    }

    /** Puts what a router tells now in the place of what it told before. */
    void put(String app, Traffic traffic) {
        for (Traffic.OfUnit unit : traffic.units()) {
            database.sql("""
                            insert into router_traffic (app, router, unit, failures, latencies)
                            values (:app, :router, :unit, :failures, :latencies)
                            on conflict (app, router, unit)
                            do update set failures = excluded.failures, latencies = excluded.latencies""")
                    .param("app", app)
                    .param("router", traffic.router())
                    .param("unit", unit.unit())
                    .param("failures", unit.failures())
                    .param("latencies", unit.latencies().toArray(Long[]::new))
                    .update();
        }
    }

    /** What each router told last. */
    List<Traffic> of(String app) {
        Map<String, List<Traffic.OfUnit>> byRouter = new LinkedHashMap<>();
        database.sql("select router, unit, failures, latencies from router_traffic where app = :app")
                .param("app", app)
                .query(row -> {
                    byRouter.computeIfAbsent(row.getString("router"), router -> new ArrayList<>())
                            .add(new Traffic.OfUnit(row.getString("unit"), row.getLong("failures"), List.of((Long[])
                                    row.getArray("latencies").getArray())));
                });
        return byRouter.entrySet().stream()
                .map(router -> new Traffic(router.getKey(), router.getValue()))
                .toList();
    }

    void forget(String app) {
        database.sql("delete from router_traffic where app = :app")
                .param("app", app)
                .update();
    }
}
