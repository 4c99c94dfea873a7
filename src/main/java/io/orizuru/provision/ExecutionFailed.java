package io.orizuru.provision;

/** A command in a unit that did not come to an exit code of its own. The message is for the user. */
public final class ExecutionFailed extends RuntimeException {
    public ExecutionFailed(String message) {
        super(message);
    }
}
