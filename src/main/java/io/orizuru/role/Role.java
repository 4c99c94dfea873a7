package io.orizuru.role;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.access.Context;
import io.orizuru.access.ContextType;
import io.orizuru.access.Grant;
import java.util.List;

/** A role as the API shows it. */
public record Role(
        @JsonProperty("name") String name,
        @JsonProperty("context") String context,
        @JsonProperty("Description") String description,
        @JsonProperty("scheme_names") List<String> permissions,

        @JsonProperty("events") @JsonInclude(JsonInclude.Include.NON_EMPTY)
        List<String> events) {

    /** The role that may do all, everywhere. */
    public static final Role ALLOW_ALL =
            new Role("AllowAll", ContextType.GLOBAL.wireName(), "", List.of("*"), List.of());

    public Role {
        permissions = List.copyOf(permissions);
        events = List.copyOf(events);
    }

    ContextType contextType() {
        ContextType type = ContextType.of(context);
        if (type == null) {
            throw new IllegalStateException("the role " + name + " has the unknown context type " + context);
        }
        return type;
    }

    /** Where somebody who holds it for a value may do what it says. */
    Context contextOf(String value) {
        return contextType() == ContextType.GLOBAL ? Context.GLOBAL : new Context(contextType(), value);
    }

    /** What somebody who holds it for a value may. */
    List<Grant> grants(String value) {
        Context context = contextOf(value);
        return permissions.stream()
                .map(permission -> new Grant(permission, context))
                .toList();
    }
}
