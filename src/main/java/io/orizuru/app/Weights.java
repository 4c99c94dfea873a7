package io.orizuru.app;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How versions share requests, in whole percent. Pure. */
final class Weights {
    static final int ALL = 100;

    private Weights() {}

    /**
     * The same versions with weights that are whole: those of the routable ones sum up to 100, and no other one has any. No
     * version has one when none had, when none gets requests by them, or when only one gets requests anyway.
     */
    static List<Placement.Running> settled(List<Placement.Running> versions) {
        Map<Integer, Integer> parts = new TreeMap<>();
        boolean any = false;
        for (Placement.Running running : versions) {
            if (running.routable()) {
                Integer weight = running.weight();
                any |= weight != null && weight > 0;
                parts.put(running.version(), weight == null ? 0 : weight);
            }
        }
        Map<Integer, Integer> shares = any && parts.size() > 1 ? scaled(parts, ALL) : Map.of();
        return versions.stream()
                .map(running -> new Placement.Running(
                        running.version(), running.routable(), shares.get(running.version()), running.processes()))
                .toList();
    }

    /**
     * Numbers in the same proportions, as far as whole ones can be, that sum up to {@code total}: each is rounded down, and
     * those that lost most by that get one more.
     *
     * @param parts 0 or more each; all the same when all are 0
     */
    static Map<Integer, Integer> scaled(Map<Integer, Integer> parts, int total) {
        Map<Integer, Integer> scaled = new TreeMap<>();
        if (parts.isEmpty()) {
            return scaled;
        }
        long sum = parts.values().stream().mapToLong(Integer::longValue).sum();
        Map<Integer, Long> lost = new TreeMap<>();
        long divisor = sum == 0 ? parts.size() : sum;
        int left = total;
        for (Map.Entry<Integer, Integer> part : parts.entrySet()) {
            long wanted = (long) total * (sum == 0 ? 1 : part.getValue());
            scaled.put(part.getKey(), (int) (wanted / divisor));
            lost.put(part.getKey(), wanted % divisor);
            left -= (int) (wanted / divisor);
        }
        List<Integer> mostLost = new ArrayList<>(lost.keySet());
        // A stable sort: of those that lost the same, the older version gets it.
        mostLost.sort(Comparator.comparing(lost::get, Comparator.reverseOrder()));
        mostLost.subList(0, left).forEach(version -> scaled.merge(version, 1, Integer::sum));
        return scaled;
    }
}
