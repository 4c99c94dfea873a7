package io.orizuru.provision;

/** An archive that cannot be built, with a message for the user who sent it. */
public class BuildFailed extends RuntimeException {
    public BuildFailed(String message) {
        super(message);
    }
}
