package io.orizuru.provision;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The units of apps: as they are on record, and as their engines see them. */
@ApplicationScoped
public class Units {
    private final UnitStore store;
    private final Engines engines;

    Units(UnitStore store, Engines engines) {
        this.store = store;
        this.engines = engines;
    }

    /**
     * A unit on record with what its engine says of it.
     *
     * @param observed empty when the engine does not know it, or is not here
     */
    public record Seen(UnitRecord unit, Optional<ObservedUnit> observed) {}

    public List<UnitRecord> onRecord(String app) {
        return store.of(app);
    }

    /** The units on record of several apps, by app; none for those without. */
    public Map<String, List<UnitRecord>> onRecord(Collection<String> apps) {
        return store.of(apps).stream().collect(Collectors.groupingBy(UnitRecord::app));
    }

    /** The units of several apps, by app. */
    public Map<String, List<Seen>> of(Collection<String> apps) {
        return store.of(apps).stream().collect(Collectors.groupingBy(UnitRecord::app)).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> seen(entry.getKey(), entry.getValue())));
    }

    /**
     * Keeps the status that an agent reports of a unit.
     *
     * @param status null takes back what was reported
     */
    public void report(String unit, @Nullable String status) {
        store.report(unit, status);
    }

    /**
     * Keeps what an agent reports of units of whatever apps.
     *
     * @param statuses by the unit's whole id
     * @return the ids of those that are on record
     */
    public Set<String> report(Map<String, String> statuses) {
        return store.report(statuses);
    }

    /** What the units of an app use now, of those whose engine is here and counts it. */
    public List<UnitUsage> usage(String app) {
        return store.of(app).stream()
                .map(UnitRecord::provisioner)
                .distinct()
                .flatMap(provisioner -> engines.find(provisioner).stream())
                .flatMap(engine -> engine.usage(app).stream())
                .toList();
    }

    private List<Seen> seen(String app, List<UnitRecord> units) {
        Map<String, Map<String, ObservedUnit>> byEngine = units.stream()
                .map(UnitRecord::provisioner)
                .distinct()
                .collect(Collectors.toMap(Function.identity(), provisioner -> observe(provisioner, app)));
        return units.stream()
                .map(unit -> new Seen(
                        unit,
                        Optional.ofNullable(byEngine.getOrDefault(unit.provisioner(), Map.of())
                                .get(unit.id()))))
                .toList();
    }

    private Map<String, ObservedUnit> observe(String provisioner, String app) {
        return engines.find(provisioner)
                .map(engine -> engine.observe(app).stream()
                        .collect(Collectors.toMap(ObservedUnit::id, Function.identity(), (a, b) -> a)))
                .orElse(Map.of());
    }
}
