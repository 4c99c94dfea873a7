package io.orizuru.app;

import io.orizuru.pool.Pools;
import io.orizuru.provision.Desired;
import io.orizuru.provision.Desired.DesiredProcess;
import io.orizuru.provision.Specs;
import io.orizuru.provision.UnitRecord;
import io.orizuru.provision.UnitSpec;
import io.orizuru.router.RouterAddresses;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Computes what of an app should be in the world from a release of it. */
@ApplicationScoped
public class DesiredStates {
    private final Versions versions;
    private final Releases releases;
    private final PlatformVariables platformVariables;
    private final SystemUsers systemUsers;
    private final Pools pools;
    private final RouterAddresses addresses;

    DesiredStates(
            Versions versions,
            Releases releases,
            PlatformVariables platformVariables,
            SystemUsers systemUsers,
            Pools pools,
            RouterAddresses addresses) {
        this.versions = versions;
        this.releases = releases;
        this.platformVariables = platformVariables;
        this.systemUsers = systemUsers;
        this.pools = pools;
        this.addresses = addresses;
    }

    public Desired of(App app, Release release) {
        List<DesiredProcess> processes = new ArrayList<>();
        for (Placement.Running running : release.placement().versions()) {
            Version version = versions.require(app.name(), running.version());
            running.processes()
                    .forEach((process, scale) -> processes.add(new DesiredProcess(
                            process,
                            running.version(),
                            scale.generation(),
                            scale.units(),
                            running.routable() && process.equals(version.mainProcess()),
                            version.manifest())));
        }
        return new Desired(
                app.name(),
                release.number(),
                provisioner(release.pool()),
                processes,
                hosts(app),
                Exposures.of(app.name(), release.placement()),
                release.placement().weights());
    }

    private String provisioner(String pool) {
        return pools.provisionerOf(pools.find(pool));
    }

    /** The host names of an app, by router. */
    public Map<String, Set<String>> hosts(App app) {
        Map<String, Set<String>> hosts = new LinkedHashMap<>();
        for (App.AppRouter router : app.routers()) {
            Set<String> names = new LinkedHashSet<>(app.cnames());
            names.add(addresses.host(router.name(), router.addressOf()));
            hosts.put(router.name(), names);
        }
        return hosts;
    }

    /** What the app's units on record are made of. Releases are read once for all of them. */
    public Specs specs(App app) {
        Map<Integer, Release> known = new HashMap<>();
        return unit ->
                spec(app, unit, known.computeIfAbsent(unit.release(), number -> releases.get(app.name(), number)));
    }

    /** A unit of an app's process as the release wants it, whether it is to run or not. */
    UnitSpec spec(App app, Release release, int version, String process, String id) {
        return spec(
                app,
                new UnitRecord(
                        id,
                        app.name(),
                        process,
                        version,
                        release.number(),
                        0,
                        0,
                        provisioner(release.pool()),
                        null,
                        null,
                        false,
                        false,
                        false,
                        null),
                release);
    }

    private UnitSpec spec(App app, UnitRecord unit, Release release) {
        Version version = versions.require(app.name(), unit.version());
        Map<String, String> environment = platformVariables.values(app.name(), release.environment());
        environment.put("TSURU_PROCESSNAME", unit.process());
        environment.put("TSURU_APPVERSION", Integer.toString(unit.version()));
        return new UnitSpec(
                unit.id(),
                app.name(),
                unit.process(),
                version.processes().getOrDefault(unit.process(), ""),
                version.manifest().restartBefore(),
                unit.version(),
                unit.release(),
                environment,
                release.planOf(unit.process()).effectiveMemory(),
                release.planOf(unit.process()).effectiveCpuMilli(),
                systemUsers.of(app));
    }
}
