package io.orizuru.role;

import io.orizuru.failure.Failure;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * The users who may do all, everywhere. There is always one left, whichever way others lose what makes them one: nobody could
 * give it back.
 */
@ApplicationScoped
public class Administrators {
    private final RoleStore store;

    Administrators(RoleStore store) {
        this.store = store;
    }

    /**
     * Makes a change that may take a user or a permission away, as a part of the thread's transaction. Of two that would each
     * leave only the other's administrator, the second one sees the first.
     *
     * @throws Failure when it would leave nobody; whoever calls it lets the transaction fail
     */
    public void keeping(Runnable change) {
        store.lockAdministrators();
        boolean before = store.anyAdministrator();
        change.run();
        if (before && !store.anyAdministrator()) {
            throw Failure.precondition(
                    "nobody would be left who may do all: this takes the permission * with the context"
                            + " global from the last user who holds it; give another user a role with it first");
        }
    }
}
