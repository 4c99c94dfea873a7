package io.orizuru.event;

import java.time.Duration;

/** Thrown at a step's border when an operation has taken longer than it may. */
public final class Overdue extends RuntimeException {
    Overdue(Duration limit) {
        super(
                "the operation took longer than " + limit.toSeconds()
                        + " s, its limit (operations.longest-seconds of the settings), and was ended",
                null,
                false,
                false);
    }
}
