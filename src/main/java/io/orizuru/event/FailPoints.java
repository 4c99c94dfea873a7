package io.orizuru.event;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Named places where a test can make the server die: {@code -Dorizuru.fail-point=deploy.after-build} halts the JVM there
 * as a power cut would. Off in normal use. Names are declared when the class that hits them is made, so that all of them
 * can be listed.
 */
@ApplicationScoped
public class FailPoints {
    private static final int KILLED = 137;

    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final @Nullable String armed = System.getProperty("orizuru.fail-point");

    /** Declares a place. */
    public FailPoint declare(String name) {
        names.add(name);
        return new FailPoint(name);
    }

    /** All places that this server has. */
    public Set<String> names() {
        return Collections.unmodifiableSet(new TreeSet<>(names));
    }

    /** One place. */
    public final class FailPoint {
        private final String name;

        private FailPoint(String name) {
            this.name = name;
        }

        public void hit() {
            if (name.equals(armed)) {
                Runtime.getRuntime().halt(KILLED);
            }
        }
    }
}
