package io.orizuru.failpoint;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The fail points of one room, declared once in constants of the room. Nothing else makes a {@link FailPoint} that is hit,
 * so the list is complete by itself.
 */
public final class FailPoints {
    private final String room;
    private final List<FailPoint> declared = Collections.synchronizedList(new ArrayList<>());

    private FailPoints(String room) {
        this.room = room;
    }

    /** An empty list for a room; its name begins the names of all its points. */
    public static FailPoints of(String room) {
        return new FailPoints(room);
    }

    /**
     * Declares a place.
     *
     * @throws IllegalStateException when there is one of that name
     */
    public FailPoint at(String name, String where) {
        FailPoint point = new FailPoint(room + "." + name, where);
        if (declared.stream().anyMatch(other -> other.name().equals(point.name()))) {
            throw new IllegalStateException("the fail point " + point.name() + " is declared twice");
        }
        declared.add(point);
        return point;
    }

    /** All places declared so far; all there are, once the class that declares them is initialized. */
    public List<FailPoint> all() {
        return List.copyOf(declared);
    }
}
