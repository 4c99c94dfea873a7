package io.orizuru.http;

import io.orizuru.limit.ConnectionLimits;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/** Tells which connections have a request under way: they are not closed for having none. */
@ApplicationScoped
class ConnectionUse {
    /** Before whatever may answer. */
    private static final int FIRST = 10_000;

    private static final String COUNTED = "orizuru.counted";

    void install(@Observes Filters filters) {
        filters.register(ConnectionUse::count, FIRST);
    }

    private static void count(RoutingContext request) {
        if (request.get(COUNTED) != null) {
            request.next(); // It comes by again, by its path without prefix.
            return;
        }
        request.put(COUNTED, true);
        // The connection's own address: a proxy tells another one for the request.
        SocketAddress peer = request.request().connection().remoteAddress();
        ConnectionLimits.requestBegan(peer.hostAddress(), peer.port());
        // A connection that becomes a WebSocket is in use until it closes.
        if (!"websocket".equalsIgnoreCase(request.request().getHeader("Upgrade"))) {
            request.addEndHandler(ended -> ConnectionLimits.requestEnded(peer.hostAddress(), peer.port()));
        }
        request.next();
    }
}
