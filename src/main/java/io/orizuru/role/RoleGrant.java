package io.orizuru.role;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A role that somebody holds, and where. */
public record RoleGrant(
        @JsonProperty("Name") String role,
        @JsonProperty("ContextType") String contextType,
        @JsonProperty("ContextValue") String contextValue) {}
