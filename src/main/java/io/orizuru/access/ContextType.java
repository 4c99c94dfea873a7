package io.orizuru.access;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a permission can be bounded to. */
public enum ContextType {
    GLOBAL,
    APP,
    TEAM,
    USER,
    POOL,
    IAAS,
    SERVICE,
    SERVICE_INSTANCE,
    VOLUME,
    ROUTER,
    JOB;

    /** As the API writes it: {@code service-instance}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The type that {@link #wireName} gives, or null. */
    public static @Nullable ContextType of(String wireName) {
        for (ContextType type : values()) {
            if (type.wireName().equals(wireName)) {
                return type;
            }
        }
        return null;
    }
}
