package io.orizuru.provision;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A unit as it is.
 *
 * @param id the id it was started under
 * @param app the app's name
 * @param process the process of the Procfile that it runs
 * @param version the build it runs
 * @param release the release that started it
 * @param epoch the epoch that it was started under
 * @param status see {@link Status}
 * @param reason why it is in {@link Status#ERROR}, for people; else empty
 * @param host the address it listens on
 * @param port the port it was given
 * @param restarts how often it was started again after it ended by itself
 * @param createdAt when it was first started
 * @param running whether its process lives at this moment (false between a crash and the next try)
 * @param exitCode of its last end; null while it never ended
 */
public record ObservedUnit(
        String id,
        String app,
        String process,
        int version,
        int release,
        long epoch,
        Status status,
        String reason,
        String host,
        int port,
        int restarts,
        Instant createdAt,
        boolean running,
        @Nullable Integer exitCode) {

    /** The states that the API knows; lower case on the wire. */
    public enum Status {
        CREATED,
        BUILDING,
        STARTING,
        STARTED,
        ERROR,
        STOPPED,
        ASLEEP,
        /** Asked to end, not gone yet; shown as {@code stopped}. */
        STOPPING
    }
}
