package io.orizuru.teamtoken;

import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A team's token.
 *
 * @param value encrypted
 * @param expiresAt null for never
 * @param lastAccess null for never
 */
record TeamToken(
        String id,
        String team,
        String description,
        byte[] value,
        String creator,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant lastAccess)
        implements Scoped {

    @Override
    public List<Context> contexts() {
        return List.of(Context.team(team));
    }
}
