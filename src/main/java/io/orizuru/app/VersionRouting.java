package io.orizuru.app;

import io.orizuru.event.Data;
import io.orizuru.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which versions of an app get its requests, and how much of them. No unit is started or stopped by it. Pure. */
final class VersionRouting {
    private VersionRouting() {}

    /**
     * What of the requests a version is to get.
     *
     * @param version null when it was not said
     * @param percent null when it was not said
     */
    record Share(@Nullable Integer version, @Nullable Integer percent) {}

    /**
     * Lets versions that run get requests by shares, and no others.
     *
     * @param shares of all versions that get requests now, and of any others that are to; empty to let all units get the same
     */
    static Proposal weigh(List<Share> shares) {
        Map<Integer, Integer> weights = weights(shares);
        return new Proposal(
                Data.of("weights", weights),
                true,
                release -> {
                    Placement placement = release.placement();
                    if (placement.isEmpty()) {
                        throw Failure.invalid(Scaling.NO_VERSIONS);
                    }
                    for (int version : weights.keySet()) {
                        if (placement.version(version).isEmpty()) {
                            throw Failure.invalid("version not found: " + version + " does not run");
                        }
                    }
                    for (Placement.Running running : placement.versions()) {
                        if (!weights.isEmpty() && running.routable() && !weights.containsKey(running.version())) {
                            throw Failure.invalid("version " + running.version()
                                    + " gets requests as well: give it a weight, 0 for none");
                        }
                    }
                    return release.with(placement.weighted(weights));
                },
                List.of("\n ---> " + told(weights) + "\n"));
    }

    private static String told(Map<Integer, Integer> weights) {
        return weights.isEmpty()
                ? "All units get the same of the requests"
                : "Requests go to "
                        + weights.entrySet().stream()
                                .map(share -> "version " + share.getKey() + ": " + share.getValue() + " %")
                                .collect(Collectors.joining(", "));
    }

    private static Map<Integer, Integer> weights(List<Share> shares) {
        Map<Integer, Integer> weights = new TreeMap<>();
        int sum = 0;
        for (Share share : shares) {
            Integer version = share.version();
            Integer percent = share.percent();
            if (version == null || percent == null) {
                throw Failure.invalid("weights: each needs a version and a weight, as in"
                        + " {\"weights\": [{\"version\": 1, \"weight\": 95}, {\"version\": 2, \"weight\": 5}]}");
            }
            if (percent < 0 || percent > Weights.ALL) {
                throw Failure.invalid("the weight of version " + version + " is " + percent
                        + ": it must be between 0 and 100 percent");
            }
            if (weights.put(version, percent) != null) {
                throw Failure.invalid("version " + version + " has two weights");
            }
            sum += percent;
        }
        if (!weights.isEmpty() && sum != Weights.ALL) {
            throw Failure.invalid("the weights sum up to " + sum + " percent: they must sum up to 100");
        }
        return weights;
    }

    /** Lets requests go to a version that runs, or not. */
    static Proposal route(String version, boolean routable) {
        Data data = Data.of("version", version).with("isRoutable", routable);
        String number = version.startsWith("v") ? version.substring(1) : version;
        List<String> messages = new ArrayList<>();
        return new Proposal(
                data,
                true,
                release -> {
                    Placement placement = release.placement();
                    if (placement.isEmpty()) {
                        throw Failure.invalid(Scaling.NO_VERSIONS);
                    }
                    int found = Scaling.find(placement, number)
                            .orElseThrow(() -> Failure.invalid("version not found: " + version))
                            .version();
                    Placement changed = placement.routing(found, routable);
                    if (routable && Objects.equals(changed.weights().get(found), 0)) {
                        messages.add("\n ---> The app has weights, and version " + found
                                + " gets no requests until its own is above 0\n");
                    }
                    return release.with(changed);
                },
                messages);
    }
}
