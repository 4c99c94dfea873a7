package io.orizuru.router.builtin;

import java.util.List;

/**
 * The data plane's counters at one moment; all but the last two only grow.
 *
 * @param responses how many had a status of 1xx (upgrades only), 2xx, 3xx, 4xx and 5xx, in that order
 * @param backendErrors failures of a backend: refused, reset, timed out or unintelligible, retried or not
 * @param retries requests that were sent again
 * @param connectionsAccepted of clients
 * @param connectionsRefused beyond the limit
 * @param connectionsOpen of clients, now
 * @param inFlight requests and tunnels at backends, now
 */
public record Snapshot(
        List<Long> responses,
        long backendErrors,
        long retries,
        long connectionsAccepted,
        long connectionsRefused,
        long connectionsOpen,
        long inFlight) {}
