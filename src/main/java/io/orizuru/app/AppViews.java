package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.autoscale.AutoscaleSpec;
import io.orizuru.event.Locks;
import io.orizuru.plan.PlanOverride;
import io.orizuru.pool.Pools;
import io.orizuru.provision.UnitUsage;
import io.orizuru.provision.Units;
import io.orizuru.quota.Quota;
import io.orizuru.router.Router;
import io.orizuru.router.RouterAddresses;
import io.orizuru.router.Routers;
import io.quarkus.arc.All;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Apps as the API shows them. */
@ApplicationScoped
class AppViews {
    private static final Set<String> OLD_TYPES = Set.of("hipache", "planb");

    private final Units units;
    private final Releases releases;
    private final Pools pools;
    private final Routers routers;
    private final RouterAddresses addresses;
    private final Locks locks;
    private final UnitQuotas quotas;
    private final Autoscaling autoscaling;
    private final CertificateStore certificates;
    private final List<AppBinds> binds;

    AppViews(
            Units units,
            Releases releases,
            Pools pools,
            Routers routers,
            RouterAddresses addresses,
            Locks locks,
            UnitQuotas quotas,
            Autoscaling autoscaling,
            CertificateStore certificates,
            @All List<AppBinds> binds) {
        this.units = units;
        this.releases = releases;
        this.pools = pools;
        this.routers = routers;
        this.addresses = addresses;
        this.locks = locks;
        this.quotas = quotas;
        this.autoscaling = autoscaling;
        this.certificates = certificates;
        this.binds = binds;
    }

    /** A router of an app. */
    record RouterView(
            String name,
            Map<String, String> opts,
            String address,
            @Nullable List<String> addresses,
            String type,
            String status,
            @JsonProperty("status-detail") String statusDetail) {}

    /** An app's plan. */
    record PlanView(
            String name,
            long memory,
            long swap,
            @JsonProperty("cpushare") int cpuShare,
            @JsonProperty("cpumilli") int cpuMilli,

            @JsonProperty("default") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
            boolean isDefault,

            PlanOverride override,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String router) {}

    /** Whether an operation runs on the app; kept for clients of the first version. */
    record LockView(
            @JsonProperty("Locked") boolean locked,
            @JsonProperty("Reason") String reason,
            @JsonProperty("Owner") String owner,
            @JsonProperty("AcquireDate") Instant since) {
        private static final LockView FREE = new LockView(false, "", "", Instant.parse("0001-01-01T00:00:00Z"));
    }

    /** An app in a list. */
    record Listed(
            String name,
            String pool,
            @JsonProperty("teamowner") String teamOwner,
            PlanView plan,
            List<UnitView> units,
            @JsonProperty("cname") List<String> cnames,
            String ip,
            List<RouterView> routers,
            LockView lock,
            List<String> tags,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String description,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String platform,

            MetadataView metadata) {}

    /** Labels and annotations; null in a list that is not extended, as clients of old read it. */
    record MetadataView(
            @Nullable List<Metadata.Item> labels, @Nullable List<Metadata.Item> annotations) {
        private static final MetadataView NOT_SHOWN = new MetadataView(null, null);

        static MetadataView of(Metadata metadata) {
            return new MetadataView(metadata.labels(), metadata.annotations());
        }
    }

    /**
     * What a unit uses, in the notation that clients know: thousandths of a core with an {@code m}, bytes.
     */
    record UsageView(
            @JsonProperty("ID") String unit,
            @JsonProperty("CPU") String cpu,
            @JsonProperty("Memory") String memory) {
        private static UsageView of(UnitUsage usage) {
            return new UsageView(usage.unit(), usage.cpuMilli() + "m", Long.toString(usage.memoryBytes()));
        }
    }

    /** One app, whole. */
    record Info(
            String name,
            String description,
            String platform,
            List<String> teams,
            @JsonProperty("teamowner") String teamOwner,
            String owner,
            String pool,
            String provisioner,
            PlanView plan,
            List<UnitView> units,
            @JsonProperty("cname") List<String> cnames,
            String ip,
            List<RouterView> routers,
            String router,
            @JsonProperty("routeropts") Map<String, String> routerOptions,
            LockView lock,
            List<String> tags,
            MetadataView metadata,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ProcessSettings> processes,
            int deploys,
            Quota quota,
            List<AppBinds.Shown> serviceInstanceBinds,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<AutoscaleSpec> autoscale,
            List<UsageView> unitsMetrics,
            @Nullable Integer release,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Integer, Integer> weights,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<CertificateView> certificates) {}

    /** A certificate that is shown for a name, and when it is over. */
    record CertificateView(String name, String fingerprint, Instant notAfter) {
        private static CertificateView of(CertificateStore.Shown shown) {
            return new CertificateView(shown.name(), shown.fingerprint(), shown.notAfter());
        }
    }

    /**
     * Apps as lists show them.
     *
     * @param statuses only apps with a unit in one of them; empty for all
     * @param extended with description, platform and metadata
     * @param simplified without units
     */
    List<Listed> list(List<App> apps, List<String> statuses, boolean extended, boolean simplified) {
        List<String> names = apps.stream().map(App::name).toList();
        boolean unitsMatter = !simplified || !statuses.isEmpty();
        Map<String, List<Units.Seen>> seen = unitsMatter ? units.of(names) : Map.of();
        Map<String, Locks.Lock> locked = locks.ofApps(names);
        Map<String, Placement> asleep = unitsMatter ? asleep(apps) : Map.of();
        List<Listed> listed = new ArrayList<>();
        for (App app : apps) {
            List<UnitView> shown = UnitView.all(
                    app, seen.getOrDefault(app.name(), List.of()), asleep.getOrDefault(app.name(), Placement.NOTHING));
            if (statuses.isEmpty() || shown.stream().anyMatch(unit -> statuses.contains(unit.status()))) {
                listed.add(listed(app, simplified ? List.of() : shown, locked.get(app.name()), extended));
            }
        }
        return listed;
    }

    /** The apps of those with a unit in one of the statuses. */
    List<String> inStatus(List<App> apps, List<String> statuses) {
        return list(apps, statuses, false, true).stream().map(Listed::name).toList();
    }

    /** What those of the apps that are asleep will run again. */
    private Map<String, Placement> asleep(List<App> apps) {
        List<String> names = apps.stream()
                .filter(app -> app.exposure().asleep() != null)
                .map(App::name)
                .toList();
        return names.isEmpty() ? Map.of() : releases.placements(names);
    }

    private Listed listed(App app, List<UnitView> units, Locks.@Nullable Lock lock, boolean extended) {
        List<RouterView> shown = routers(app, false);
        return new Listed(
                app.name(),
                app.pool(),
                app.teamOwner(),
                plan(app, null),
                units,
                app.cnames(),
                ip(shown),
                shown,
                lock(lock),
                app.tags(),
                extended ? app.description() : null,
                extended ? (app.platform() == null ? "" : app.platform()) : null,
                extended ? MetadataView.of(app.metadata()) : MetadataView.NOT_SHOWN);
    }

    Info info(App app) {
        List<Units.Seen> seen = units.of(List.of(app.name())).getOrDefault(app.name(), List.of());
        List<RouterView> shown = routers(app, true);
        String firstRouter = shown.isEmpty() ? "" : shown.getFirst().name();
        return new Info(
                app.name(),
                app.description(),
                app.platform() == null ? "" : app.platform(),
                app.teams(),
                app.teamOwner(),
                app.owner(),
                app.pool(),
                pools.provisionerOf(pools.find(app.pool())),
                plan(app, firstRouter),
                UnitView.all(app, seen, asleep(List.of(app)).getOrDefault(app.name(), Placement.NOTHING)),
                app.cnames(),
                ip(shown),
                shown,
                firstRouter,
                shown.isEmpty() ? Map.of() : shown.getFirst().opts(),
                lock(locks.ofApps(List.of(app.name())).get(app.name())),
                app.tags(),
                MetadataView.of(app.metadata()),
                app.processes(),
                app.deploys(),
                quotas.of(app),
                binds.stream().flatMap(room -> room.of(app.name()).stream()).toList(),
                autoscaling.of(app),
                units.usage(app.name()).stream().map(UsageView::of).toList(),
                app.desiredRelease(),
                releases.desired(app).placement().weights(),
                certificates.of(app.name()).values().stream()
                        .map(CertificateView::of)
                        .toList());
    }

    List<RouterView> routers(App app, boolean withType) {
        return app.routers().stream()
                .map(router -> new RouterView(
                        router.name(),
                        router.options(),
                        addresses.address(router.name(), router.addressOf()),
                        withType ? addresses(app, router) : null,
                        withType ? type(router) : "",
                        routers.find(router.name()).isPresent() ? "ready" : "not ready",
                        ""))
                .toList();
    }

    private String type(App.AppRouter router) {
        return routers.find(router.name()).map(Router::type).orElse("");
    }

    /** Routers that go by the types of old tell one address and no list, as the reference's did. */
    private @Nullable List<String> addresses(App app, App.AppRouter router) {
        if (OLD_TYPES.contains(type(router))) {
            return null;
        }
        List<String> all = new ArrayList<>();
        all.add(addresses.address(router.name(), router.addressOf()));
        app.exposure().addresses().forEach(part -> all.add(addresses.address(router.name(), part.name())));
        return all;
    }

    private static String ip(List<RouterView> routers) {
        return routers.isEmpty() ? "" : routers.getFirst().address();
    }

    private static PlanView plan(App app, @Nullable String router) {
        return new PlanView(
                app.plan().name(),
                app.plan().effectiveMemory(),
                0,
                0,
                app.plan().effectiveCpuMilli(),
                app.plan().isDefault(),
                app.plan().override(),
                router);
    }

    private static LockView lock(Locks.@Nullable Lock lock) {
        return lock == null ? LockView.FREE : new LockView(true, lock.kind(), lock.owner(), lock.since());
    }
}
