package io.orizuru.provision;

import java.util.ArrayList;
import java.util.List;

/**
 * How the units on record differ from those that should be. Pure.
 *
 * @param keep wanted and on record
 * @param missing wanted and not on record, a process for each unit
 * @param surplus on record and not wanted
 */
record UnitPlan(List<UnitRecord> keep, List<Desired.DesiredProcess> missing, List<UnitRecord> surplus) {

    static UnitPlan of(Desired desired, List<UnitRecord> records) {
        List<UnitRecord> keep = new ArrayList<>();
        List<UnitRecord> surplus = new ArrayList<>(records);
        List<Desired.DesiredProcess> missing = new ArrayList<>();
        for (Desired.DesiredProcess process : desired.processes()) {
            // Healthy ones are kept before those that are not, old ones before new ones: what serves stays.
            List<UnitRecord> matching = records.stream()
                    .filter(unit -> process.wants(unit) && unit.provisioner().equals(desired.provisioner()))
                    .sorted((a, b) -> Boolean.compare(b.healthy(), a.healthy()))
                    .toList();
            List<UnitRecord> kept = matching.subList(0, Math.min(process.units(), matching.size()));
            keep.addAll(kept);
            surplus.removeAll(kept);
            for (int unit = kept.size(); unit < process.units(); unit++) {
                missing.add(process);
            }
        }
        return new UnitPlan(List.copyOf(keep), List.copyOf(missing), List.copyOf(surplus));
    }

    boolean changesNothing() {
        return missing.isEmpty() && surplus.isEmpty();
    }
}
