package io.orizuru.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/**
 * What becomes of a body that nobody read when the request is answered. A small one is let go by; before a large one, or one
 * without a length, the connection is closed, after a moment in which the sender can read the answer.
 */
final class UnreadBody {
    private static final long LINGER_MILLIS = 3_000;
    private static final long LINGER_BYTES = 8 << 20;

    private UnreadBody() {}

    static void watch(RoutingContext routing) {
        HttpServerRequest request = routing.request();
        if (BodyLimit.declared(request) == 0 || "websocket".equalsIgnoreCase(request.getHeader("Upgrade"))) {
            return;
        }
        routing.addHeadersEndHandler(sent -> {
            if (!request.isEnded() && !isSmall(request)) {
                routing.response().putHeader("Connection", "close");
            }
        });
        routing.addEndHandler(answered -> {
            if (!request.isEnded()) {
                letGo(routing, request);
            }
        });
    }

    private static boolean isSmall(HttpServerRequest request) {
        long declared = BodyLimit.declared(request);
        return declared >= 0 && declared <= BodyRule.IGNORED;
    }

    private static void letGo(RoutingContext routing, HttpServerRequest request) {
        if (isSmall(request)) {
            request.handler(bytes -> {});
            request.resume();
            return;
        }
        Runnable close = () -> request.connection().close();
        if (request.getHeader("Expect") != null) {
            close.run(); // It was never told to send.
            return;
        }
        long[] seen = new long[1];
        request.exceptionHandler(gone -> {});
        request.endHandler(all -> close.run());
        request.handler(bytes -> {
            seen[0] += bytes.length();
            if (seen[0] > LINGER_BYTES) {
                close.run();
            }
        });
        routing.vertx().setTimer(LINGER_MILLIS, over -> close.run());
        request.resume();
    }
}
