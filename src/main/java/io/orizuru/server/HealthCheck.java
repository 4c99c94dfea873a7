package io.orizuru.server;

import java.util.List;

/** One thing that a server needs, and can look at. */
public interface HealthCheck {
    /** How it is called for people. */
    String name();

    /** What keeps it from working; empty when it works. Who hangs counts as not working. */
    List<String> problems();

    /** What is not as good as it could be, though it works. */
    default List<String> notices() {
        return List.of();
    }
}
