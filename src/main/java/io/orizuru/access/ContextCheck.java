package io.orizuru.access;

import org.jspecify.annotations.Nullable;

/** Another room's word on whether there is something that a permission is to be bounded to. */
public interface ContextCheck {
    /** The type of context that it answers for. */
    ContextType type();

    /** Why the value names nothing, for people; null when it names something. */
    @Nullable
    String missing(String value);
}
