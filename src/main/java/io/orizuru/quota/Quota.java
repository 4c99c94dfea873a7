package io.orizuru.quota;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.orizuru.failure.Failure;

/**
 * How much there may be of something, and is.
 *
 * @param limit -1 for no limit
 */
public record Quota(
        @JsonProperty("limit") int limit,
        @JsonProperty("inuse") int inUse) {
    static final int UNLIMITED = -1;

    public Quota {
        limit = Math.max(limit, UNLIMITED);
    }

    /** Reads a limit; all below -1 are none, too. */
    public static int limit(String text) {
        try {
            return Math.max(Integer.parseInt(text), UNLIMITED);
        } catch (NumberFormatException e) {
            throw Failure.invalid("Invalid limit");
        }
    }

    public boolean hasRoomFor(int more) {
        return limit == UNLIMITED || more <= limit - inUse;
    }

    /** Refuses a limit that what is there exceeds. */
    public void requireLimit(int wanted) {
        if (wanted != UNLIMITED && wanted < inUse) {
            throw Failure.forbidden("New limit is less than the current allocated value");
        }
    }
}
