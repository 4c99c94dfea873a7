package io.orizuru.router.builtin;

import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;

/** Writes responses; knows when one answers a HEAD request and so has no body whatever its headers say. */
final class ClientResponseEncoder extends HttpResponseEncoder {
    private boolean answersHead;

    void answersHead(boolean value) {
        answersHead = value;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
        return answersHead || super.isContentAlwaysEmpty(response);
    }
}
