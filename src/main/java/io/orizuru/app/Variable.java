package io.orizuru.app;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One environment variable.
 *
 * @param value what it holds; of an alias what it points to holds, when the environment is resolved
 * @param alias the variable it takes its value from, or empty
 * @param isPublic whether its value may be seen in events
 * @param managedBy who looks after it, a tool's name, or empty
 */
public record Variable(
        @JsonProperty("name") String name,
        @JsonProperty("value") String value,
        @JsonProperty("alias") String alias,
        @JsonProperty("public") boolean isPublic,

        @JsonProperty("managedBy") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        String managedBy) {

    public Variable {
        // Written only when there is a manager, so absent when it is read again.
        managedBy = managedBy == null ? "" : managedBy;
    }

    Variable withValue(String newValue) {
        return new Variable(name, newValue, alias, isPublic, managedBy);
    }
}
