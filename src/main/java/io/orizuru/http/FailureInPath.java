package io.orizuru.http;

import io.orizuru.failure.Failure;
import jakarta.ws.rs.WebApplicationException;

/**
 * A failure while a path segment was turned into the object it names. The framework answers 404 with a text of its own to
 * anything else that a converter throws.
 */
public final class FailureInPath extends WebApplicationException {
    private final transient Failure failure;

    public FailureInPath(Failure failure) {
        super(failure.getMessage());
        this.failure = failure;
    }

    Failure failure() {
        return failure;
    }
}
