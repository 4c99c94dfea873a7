package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What one process of an app has of its own.
 *
 * @param plan the name of its plan; empty when it has the app's
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record ProcessSettings(
        String name,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) String plan,
        Metadata metadata) {
    ProcessSettings(@Nullable String name, @Nullable String plan, @Nullable Metadata metadata) {
        this.name = name == null ? "" : name;
        this.plan = plan == null ? "" : plan;
        this.metadata = metadata == null ? Metadata.NONE : metadata;
    }

    boolean hasPlan() {
        return !plan.isEmpty();
    }

    boolean isEmpty() {
        return !hasPlan() && metadata.isEmpty();
    }
}
