package io.orizuru.role;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.access.ContextType;
import java.util.List;

/** A role as the API shows it. */
public record Role(
        @JsonProperty("name") String name,
        @JsonProperty("context") String context,
        @JsonProperty("Description") String description,
        @JsonProperty("scheme_names") List<String> permissions) {

    /** The role that may do all, everywhere. */
    public static final Role ALLOW_ALL = new Role("AllowAll", ContextType.GLOBAL.wireName(), "", List.of("*"));
}
