package io.orizuru.app;

import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which versions of an app should run, and how many units of each of their processes. Immutable.
 *
 * @param sleep how the processes sleep that do; null when none does
 */
public record Placement(List<Running> versions, @Nullable Sleep sleep) {
    public static final Placement NOTHING = new Placement(List.of());

    public Placement {
        versions = List.copyOf(versions);
        boolean sleeps = versions.stream()
                .flatMap(running -> running.processes().values().stream())
                .anyMatch(Scale::asleep);
        sleep = sleeps ? sleep : null;
    }

    /** Versions that are awake. */
    public Placement(List<Running> versions) {
        this(versions, null);
    }

    /**
     * How processes sleep.
     *
     * @param wakes whether a request for the app wakes them
     * @param proxy the URL of who answers meanwhile; empty when requests wait
     * @param proxyAddresses where that was found when they were put to sleep, {@code address:port} with an IP address
     */
    public record Sleep(boolean wakes, String proxy, List<Address> proxyAddresses) {
        public Sleep {
            proxyAddresses = List.copyOf(proxyAddresses);
        }
    }

    /**
     * Where somebody listens.
     *
     * @param host an IP address
     */
    public record Address(String host, int port) {}

    /**
     * One version that should run.
     *
     * @param routable whether requests for the app go to it
     * @param weight its share of the requests in percent, 0 to 100; null when no weights are set, or it is not routable
     * @param processes how many units, by process
     */
    public record Running(
            int version, boolean routable, @Nullable Integer weight, SortedMap<String, Scale> processes) {}

    /**
     * How many units of a process should run.
     *
     * @param units 0 when it is stopped
     * @param pastUnits how many to bring back when it is started again
     * @param generation the release that last wanted new units; those of another generation are replaced
     * @param asleep whether it is not running only until somebody wants it
     */
    public record Scale(int units, int pastUnits, int generation, boolean asleep) {
        public Scale {
            asleep = asleep && units == 0 && pastUnits > 0;
        }

        /** Of a process that is not asleep. */
        public Scale(int units, int pastUnits, int generation) {
            this(units, pastUnits, generation, false);
        }

        /** Stopped by somebody, or asleep. */
        boolean stopped() {
            return units == 0 && pastUnits > 0;
        }

        Scale start() {
            return stopped() ? new Scale(pastUnits, 0, generation) : this;
        }

        /** Without units; also what sleeps stays so from then on. */
        Scale stop() {
            return units == 0 ? new Scale(0, pastUnits, generation) : new Scale(0, units, generation);
        }

        /** Without units until somebody wants it; what was stopped stays stopped. */
        Scale sleep() {
            return units == 0 ? this : new Scale(0, units, generation, true);
        }

        Scale wake() {
            return asleep ? start() : this;
        }

        Scale renewed(int newGeneration) {
            return new Scale(units, pastUnits, newGeneration, asleep);
        }
    }

    public boolean isEmpty() {
        return versions.isEmpty();
    }

    /** The version of that number, if it should run. */
    public Optional<Running> version(int number) {
        return versions.stream().filter(running -> running.version() == number).findFirst();
    }

    /** The shares of versions in requests, in percent; they sum up to 100. Empty when all units get the same. */
    public Map<Integer, Integer> weights() {
        Map<Integer, Integer> weights = new TreeMap<>();
        for (Running running : versions) {
            Integer weight = running.weight();
            if (weight != null) {
                weights.put(running.version(), weight);
            }
        }
        return weights;
    }

    /**
     * With requests going to these versions, by these shares, and to no others.
     *
     * @param weights of versions that should run, in percent; empty takes away the weights there are, and leaves the rest
     */
    Placement weighted(Map<Integer, Integer> weights) {
        List<Running> changed = new ArrayList<>();
        for (Running running : versions) {
            Integer weight = weights.get(running.version());
            boolean routable = weights.isEmpty() ? running.routable() : weight != null;
            changed.add(new Running(running.version(), routable, weight, running.processes()));
        }
        return new Placement(Weights.settled(changed), sleep);
    }

    /** With a version beside the others getting a share of the requests; the others share the rest as they shared all. */
    Placement weighing(int version, int percent) {
        Map<Integer, Integer> others = weights();
        others.remove(version);
        if (others.values().stream().allMatch(weight -> weight == 0)) {
            // Without weights each unit gets the same: what versions got by that is what they had.
            for (Running running : versions) {
                if (running.routable() && running.version() != version) {
                    others.put(running.version(), units(running));
                }
            }
        }
        Map<Integer, Integer> shares = Weights.scaled(others, 100 - percent);
        shares.put(version, percent);
        return weighted(shares);
    }

    private static int units(Running running) {
        return running.processes().values().stream().mapToInt(Scale::units).sum();
    }

    public int units() {
        return scales().mapToInt(Scale::units).sum();
    }

    /** How many units it runs, or may run again at any moment: those that are stopped or asleep are still the app's. */
    int claimedUnits() {
        return scales().mapToInt(scale -> scale.units() + scale.pastUnits()).sum();
    }

    private Stream<Scale> scales() {
        return versions.stream().flatMap(running -> running.processes().values().stream());
    }

    /** With the processes that sleep doing so in another way. */
    Placement sleeping(Sleep how) {
        return new Placement(versions, how);
    }

    /** With what sleeps running again. */
    Placement woken() {
        return map((version, process) -> true, Scale::wake);
    }

    /** With all units replaced by new ones. */
    public Placement renewed(int generation) {
        return map((version, process) -> true, scale -> scale.renewed(generation));
    }

    /** With the scale of some processes changed. */
    Placement map(Selection selection, UnaryOperator<Scale> change) {
        List<Running> changed = new ArrayList<>();
        for (Running running : versions) {
            SortedMap<String, Scale> processes = new TreeMap<>(running.processes());
            processes.replaceAll(
                    (process, scale) -> selection.has(running.version(), process) ? change.apply(scale) : scale);
            changed.add(new Running(running.version(), running.routable(), running.weight(), processes));
        }
        return new Placement(changed, sleep);
    }

    /** Which processes of which versions are meant. */
    interface Selection {
        boolean has(int version, String process);
    }

    /**
     * The placement that a new version comes with, in place of all others: the counts of the processes that were there
     * stay, new ones get one unit.
     */
    public Placement replacedBy(int version, Iterable<String> processes, int generation) {
        Map<String, Scale> before = new LinkedHashMap<>();
        for (Running running : versions) {
            running.processes().forEach((process, scale) -> before.merge(process, scale, Placement::larger));
        }
        SortedMap<String, Scale> after = new TreeMap<>();
        for (String process : processes) {
            Scale old = before.get(process);
            after.put(process, old == null ? new Scale(1, 0, generation) : started(old, generation));
        }
        return new Placement(List.of(new Running(version, true, null, after)));
    }

    /**
     * With a version beside those that run: one unit of each of its processes, which get no requests until it is made
     * routable.
     *
     * @throws Failure when it is one of those that run
     */
    public Placement with(int version, Iterable<String> processes, int generation) {
        if (version(version).isPresent()) {
            throw Failure.invalid("version " + version + " runs already, so it cannot come beside those that run as a"
                    + " new one: change its units, or whether it gets requests");
        }
        List<Running> all = new ArrayList<>(versions);
        SortedMap<String, Scale> scales = new TreeMap<>();
        processes.forEach(process -> scales.put(process, new Scale(1, 0, generation)));
        all.add(new Running(version, all.isEmpty(), null, scales));
        return new Placement(Weights.settled(all), sleep);
    }

    /** Without a version; the others share what it got. */
    public Placement without(int version) {
        return new Placement(
                Weights.settled(versions.stream()
                        .filter(running -> running.version() != version)
                        .toList()),
                sleep);
    }

    /**
     * With requests going to a version, or not. Where weights are set, one that gets none until now has the share 0, and what
     * one got that gets none any more goes to the others.
     */
    Placement routing(int version, boolean routable) {
        return new Placement(
                Weights.settled(versions.stream()
                        .map(running -> running.version() == version
                                ? new Running(
                                        version, routable, routable ? running.weight() : null, running.processes())
                                : running)
                        .toList()),
                sleep);
    }

    private static Scale larger(Scale a, Scale b) {
        return a.units() + a.pastUnits() >= b.units() + b.pastUnits() ? a : b;
    }

    /** A deploy starts what was stopped. */
    private static Scale started(Scale old, int generation) {
        int units = old.units() > 0 ? old.units() : Math.max(old.pastUnits(), 1);
        return new Scale(units, 0, generation);
    }
}
