package io.orizuru.router.builtin;

import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** What the data plane counts; written on every event loop, read by whoever asks. */
final class Counters {
    private final LongAdder[] responses =
            Stream.generate(LongAdder::new).limit(5).toArray(LongAdder[]::new);
    final LongAdder backendErrors = new LongAdder();
    final LongAdder retries = new LongAdder();
    final LongAdder connectionsAccepted = new LongAdder();
    final LongAdder connectionsRefused = new LongAdder();

    /** @param status 100 to 999; those above 599, which HTTP does not know, count as 5xx */
    void response(int status) {
        responses[Math.min(status / 100, 5) - 1].increment();
    }

    Snapshot snapshot(long connectionsOpen, long inFlight) {
        return new Snapshot(
                Arrays.stream(responses).map(LongAdder::sum).toList(),
                backendErrors.sum(),
                retries.sum(),
                connectionsAccepted.sum(),
                connectionsRefused.sum(),
                connectionsOpen,
                inFlight);
    }
}
