package io.orizuru.platform;

import org.jspecify.annotations.Nullable;

/** Knows which platforms can be built without a Dockerfile. */
public interface PlatformBuilder {
    /** Why the platform cannot be built here, naming what is missing; null when it can. */
    @Nullable
    String refusal(String platform);
}
