package io.orizuru.provision;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What of an app should be in the world: units, and names that lead to them. Computed from its desired release; the
 * reconciler knows no more of apps than this.
 *
 * @param app the app's name
 * @param release the release that wants it
 * @param provisioner the engine that places the units
 * @param processes how many units of what
 * @param hosts host names by router
 * @param exposure what else leads to its units, or stands in for them
 * @param weights the shares of versions in requests, in percent; empty for all units alike
 */
public record Desired(
        String app,
        int release,
        String provisioner,
        List<DesiredProcess> processes,
        Map<String, Set<String>> hosts,
        Exposure exposure,
        Map<Integer, Integer> weights) {
    public Desired {
        processes = List.copyOf(processes);
        hosts = Map.copyOf(hosts);
        weights = Map.copyOf(weights);
    }

    /** The same, with another exposure. */
    public Desired with(Exposure other) {
        return new Desired(app, release, provisioner, processes, hosts, other, weights);
    }

    /**
     * Units of one process of one version.
     *
     * @param generation units of another one are replaced
     * @param units how many
     * @param routed whether requests go to them
     * @param manifest hooks and health check of the version
     */
    public record DesiredProcess(
            String process, int version, int generation, int units, boolean routed, AppManifest manifest) {

        boolean wants(UnitRecord unit) {
            return unit.process().equals(process) && unit.version() == version && unit.generation() == generation;
        }
    }

    /** The process that a unit belongs to, if it is still wanted at all. */
    java.util.Optional<DesiredProcess> processOf(UnitRecord unit) {
        return processes.stream().filter(process -> process.wants(unit)).findFirst();
    }
}
