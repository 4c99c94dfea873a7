package io.orizuru.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.orizuru.event.Change;
import java.util.Map;

/**
 * An app is to be bound to an instance.
 *
 * @param noRestart whether units that run are left as they are
 * @param parameters what the service alone understands
 * @param before the release to go back to when that does not succeed; 0 for none
 */
record Binding(
        String app, String service, String instance, boolean noRestart, Map<String, JsonNode> parameters, int before)
        implements Change {
    BindStore.Pair pair() {
        return new BindStore.Pair(service, instance, app);
    }
}
