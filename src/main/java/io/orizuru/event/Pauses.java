package io.orizuru.event;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How long is waited before something is tried again: 20 s, then twice as long each time, 10 min at most.
 *
 * @param <K> what is tried
 */
public final class Pauses<K> {
    private static final Duration FIRST = Duration.ofSeconds(20);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Map<K, Pause> pauses = new HashMap<>();

    private record Pause(long until, Duration length) {}

    /** Whether it may be tried now. */
    public synchronized boolean areOver(K key) {
        Pause pause = pauses.get(key);
        return pause == null || pause.until() < System.nanoTime();
    }

    /** It was tried: begins its next pause, and tells its length. */
    public synchronized Duration begin(K key) {
        Pause before = pauses.get(key);
        Duration length = before == null ? FIRST : before.length().multipliedBy(2);
        length = length.compareTo(LONGEST) < 0 ? length : LONGEST;
        pauses.put(key, new Pause(System.nanoTime() + length.toNanos(), length));
        return length;
    }

    /** Forgets all others: they begin with the shortest pause again. */
    public synchronized void keep(Predicate<K> kept) {
        pauses.keySet().removeIf(kept.negate());
    }
}
