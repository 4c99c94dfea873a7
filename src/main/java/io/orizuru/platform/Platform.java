package io.orizuru.platform;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A platform as the API shows it. */
public record Platform(
        @JsonProperty("Name") String name,
        @JsonProperty("Disabled") boolean disabled) {}
