package io.orizuru.router.remote;

import io.orizuru.router.remote.Wire.AppAtRouter;
import io.orizuru.router.remote.Wire.Known;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a router has of apps' routes, or of their certificates, beside what it should have. Its link sees to it that one
 * thread uses it at a time.
 *
 * @param <T> routes or certificates of an app
 */
final class Balance<T> {
    /**
     * How long an app that a router has and we do not know is left alone: another server may have told it already what we
     * will only read.
     */
    private static final Duration STRANGE = Duration.ofSeconds(5);

    private final Supplier<List<T>> ours;
    private final Function<T, Known> known;
    private final Function<Known, T> nothing;

    private final Set<AppAtRouter> owed = new HashSet<>();
    private final Map<AppAtRouter, Long> strangersSince = new HashMap<>();
    /** Null when the router does not tell: it is of a make that knows nothing of the kind. */
    private @Nullable Map<AppAtRouter, Known> theirs = Map.of();

    /**
     * @param ours what it should have
     * @param known what one says of itself
     * @param nothing what takes an app away that the router has
     */
    Balance(Supplier<List<T>> ours, Function<T, Known> known, Function<Known, T> nothing) {
        this.ours = ours;
        this.known = known;
        this.nothing = nothing;
    }

    int owed() {
        return owed.size();
    }

    void owe(Set<AppAtRouter> keys) {
        owed.addAll(keys);
    }

    void told(List<T> all) {
        all.forEach(each -> owed.remove(known.apply(each).key()));
    }

    /** @param told null when it does not tell */
    void theyHave(@Nullable List<Known> told) {
        theirs = told == null ? null : told.stream().collect(Collectors.toMap(Known::key, each -> each, (a, b) -> b));
    }

    /** What these are to be now. */
    List<T> of(Set<AppAtRouter> keys) {
        return ours.get().stream()
                .filter(each -> keys.contains(known.apply(each).key()))
                .toList();
    }

    /** What it has not got, or has and should not. */
    List<T> lacking() {
        if (theirs == null) {
            return List.of();
        }
        List<T> lacking = new ArrayList<>();
        Set<AppAtRouter> known = new HashSet<>();
        for (T each : ours.get()) {
            Known should = this.known.apply(each);
            known.add(should.key());
            Known has = theirs.get(should.key());
            boolean unknown = has == null && should.routed();
            boolean older = has != null && has.epoch() < should.epoch();
            if (unknown || older || owed.contains(should.key())) {
                lacking.add(each);
            }
        }
        lacking.addAll(strangers(theirs, known));
        return lacking;
    }

    /** Apps that the router still has and that nobody here has heard of for a while: removed while it was away. */
    private List<T> strangers(Map<AppAtRouter, Known> theirs, Set<AppAtRouter> known) {
        long now = System.nanoTime();
        List<T> gone = new ArrayList<>();
        Set<AppAtRouter> strange = new HashSet<>();
        for (Known has : theirs.values()) {
            if (!has.routed() || known.contains(has.key())) {
                continue;
            }
            strange.add(has.key());
            long since = strangersSince.computeIfAbsent(has.key(), key -> now);
            if (now - since > STRANGE.toNanos()) {
                gone.add(nothing.apply(has));
            }
        }
        strangersSince.keySet().retainAll(strange);
        return gone;
    }
}
