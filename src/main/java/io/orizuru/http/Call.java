package io.orizuru.http;

import io.orizuru.access.Caller;
import io.orizuru.access.Context;
import io.orizuru.access.Scoped;
import io.orizuru.failure.Failure;
import java.util.Collection;

/**
 * One request, as services see it: who asks for which operation, from where.
 *
 * @param caller who asks
 * @param operation for what
 * @param requestId names the request in logs and events
 * @param sourceAddress the client's address, behind trusted proxies the one that they tell
 */
public record Call(Caller caller, OperationDescriptor operation, String requestId, String sourceAddress) {
    private static final String REFUSED = "You don't have permission to do this action";

    /** Throws unless the caller holds the permission globally or in one of the contexts. */
    public void require(String permission, Collection<Context> contexts) {
        if (!caller.may(permission, contexts)) {
            throw refused();
        }
    }

    public void require(String permission, Scoped on) {
        require(permission, on.contexts());
    }

    /** The failure of a caller without the permission. */
    public static Failure refused() {
        return Failure.forbidden(REFUSED);
    }
}
