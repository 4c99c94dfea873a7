package io.orizuru.app;

import io.orizuru.event.Data;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an app has of an instance of a service that it is bound to.
 *
 * @param variables what the service gave it, by name; private
 */
public record Bind(String service, String instance, Map<String, String> variables) {
    public Bind {
        variables = new TreeMap<>(variables);
    }

    /** As permissions and people name the instance. */
    public String id() {
        return service + "/" + instance;
    }

    @Override
    public String toString() {
        return id() + variables.keySet() + Data.MASKED;
    }
}
