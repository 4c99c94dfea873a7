package io.orizuru.limit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Places that groups of callers share, so that none of them can take all. A group holds a part of them at most; the last
 * quarter is for groups that hold none; who waits is served in the order of a group's coming, and groups that hold fewer come
 * first.
 */
public final class FairShare {
    /** Neither may one group take more of them, nor those that hold some have what is kept for others. */
    private static final int PARTS = 4;

    private final int places;
    private final int perGroup;
    private final int kept;
    private final Map<String, Group> groups = new HashMap<>();
    private int taken;
    private long asked;

    private static final class Group {
        private final Deque<Place> waiting = new ArrayDeque<>();
        private int held;
    }

    /** @param places 1 at least; a group may hold a quarter of them, one at least */
    public FairShare(int places) {
        this(places, part(places));
    }

    /**
     * @param places 1 at least
     * @param perGroup how many a group may hold, 1 at least
     */
    public FairShare(int places, int perGroup) {
        if (places < 1 || perGroup < 1) {
            throw new IllegalArgumentException(places + " places and " + perGroup + " a group: both are 1 at least");
        }
        this.places = places;
        this.perGroup = Math.min(places, perGroup);
        this.kept = places / PARTS;
    }

    /** What a group may hold of so many, unless something else is said. */
    public static int part(int places) {
        return Math.max(1, places / PARTS);
    }

    /** How many a group may hold. */
    public int perGroup() {
        return perGroup;
    }

    /** Asks for a place, which may have to be waited for. */
    public synchronized Place ask(String group) {
        Place place = new Place(group, asked++);
        groups.computeIfAbsent(group, name -> new Group()).waiting.add(place);
        grant();
        return place;
    }

    /** A place at once, or none. */
    public synchronized Optional<Place> take(String group) {
        Place place = ask(group);
        if (place.isHeld()) {
            return Optional.of(place);
        }
        place.close();
        return Optional.empty();
    }

    /** How many of a group wait. */
    public synchronized int waiting(String group) {
        Group found = groups.get(group);
        return found == null ? 0 : found.waiting.size();
    }

    /** How many a group holds. */
    public synchronized int held(String group) {
        Group found = groups.get(group);
        return found == null ? 0 : found.held;
    }

    /** Caller holds the lock. */
    private void grant() {
        Group next = next();
        while (next != null) {
            next.held++;
            taken++;
            next.waiting.removeFirst().granted.countDown();
            next = next();
        }
    }

    @SuppressWarnings("NullAway") // None, where nobody may have one.
    private Group next() {
        Group best = null;
        List<Group> all = new ArrayList<>(groups.values());
        for (Group group : all) {
            if (may(group) && (best == null || comesBefore(group, best))) {
                best = group;
            }
        }
        return best;
    }

    private boolean may(Group group) {
        return !group.waiting.isEmpty()
                && taken < places
                && group.held < perGroup
                && (group.held == 0 || places - taken > kept);
    }

    private static boolean comesBefore(Group one, Group other) {
        return one.held != other.held
                ? one.held < other.held
                : one.waiting.getFirst().number < other.waiting.getFirst().number;
    }

    /** A place that is waited for, then held, then given back. */
    public final class Place implements AutoCloseable {
        private final String group;
        private final long number;
        private final CountDownLatch granted = new CountDownLatch(1);
        private boolean closed;

        private Place(String group, long number) {
            this.group = group;
            this.number = number;
        }

        /** Whether it is held when it was, or the time is over. */
        public boolean await(Duration atMost) throws InterruptedException {
            return granted.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        }

        public boolean isHeld() {
            return granted.getCount() == 0;
        }

        /** How many of its group wait before it. */
        public int before() {
            synchronized (FairShare.this) {
                Group own = groups.get(group);
                return own == null
                        ? 0
                        : (int) own.waiting.stream()
                                .filter(other -> other.number < number)
                                .count();
            }
        }

        /** Gives it back, or up. May be called again. */
        @Override
        public void close() {
            synchronized (FairShare.this) {
                Group own = groups.get(group);
                if (closed || own == null) {
                    return;
                }
                closed = true;
                if (isHeld()) {
                    own.held--;
                    taken--;
                } else {
                    own.waiting.remove(this);
                }
                if (own.held == 0 && own.waiting.isEmpty()) {
                    groups.remove(group);
                }
                grant();
            }
        }
    }
}
