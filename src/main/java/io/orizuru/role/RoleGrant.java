package io.orizuru.role;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;

/** A role that somebody holds, and where. */
public record RoleGrant(
        @JsonProperty("Name") String role,
        @JsonProperty("ContextType") String contextType,
        @JsonProperty("ContextValue") String contextValue) {

    /** Where it holds. */
    public Context context() {
        ContextType type = ContextType.of(contextType);
        return new Context(type == null ? ContextType.GLOBAL : type, contextValue);
    }
}
