package io.orizuru.service;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a service says of the operations that it has beyond the service API. It is kept for tools that read it; who may reach
 * these operations is decided by permissions alone.
 */
record Manifest(
        @JsonProperty("enabled") boolean enabled,

        @JsonProperty("strict_actions") @JsonAlias("strictActions")
        boolean strictActions,

        @JsonProperty("legacy_compat") @JsonAlias("legacyCompat")
        boolean legacyCompat,

        @JsonProperty("operations") List<JsonNode> operations) {
    Manifest(boolean enabled, boolean strictActions, boolean legacyCompat, @Nullable List<JsonNode> operations) {
        this.enabled = enabled;
        this.strictActions = strictActions;
        this.legacyCompat = legacyCompat;
        this.operations = operations == null ? List.of() : List.copyOf(operations);
    }
}
