package io.orizuru.router.builtin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AsciiString;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What both directions need to know of headers: which stay on their connection, and how a body is framed. */
final class Headers {
    /** RFC 9110, 7.6.1, and what is used like it; {@code Proxy} would become {@code HTTP_PROXY} in a CGI program. */
    private static final List<AsciiString> OF_THE_CONNECTION = List.of(
            HttpHeaderNames.CONNECTION,
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"),
            HttpHeaderNames.PROXY_AUTHORIZATION,
            HttpHeaderNames.TE,
            HttpHeaderNames.UPGRADE,
            AsciiString.cached("http2-settings"),
            AsciiString.cached("proxy"));

    /** What a {@code Connection} header must not take away: whoever forwards the message depends on it. */
    private static final Set<String> KEPT =
            Set.of("host", "content-length", "transfer-encoding", "expect", "close", "keep-alive", "upgrade");

    private Headers() {}

    static boolean hasBody(HttpRequest request) {
        String length = request.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        return length == null ? request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING) : !length.equals("0");
    }

    /** Whether the message asks for an upgrade to WebSocket; other protocols are not tunnelled. */
    static boolean upgradesToWebSocket(HttpMessage message) {
        return message.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && message.headers().contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
    }

    static boolean isChunked(HttpMessage message) {
        return message.headers().contains(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED, true);
    }

    /** Removes what is meant for this connection only. */
    static void removeConnectionHeaders(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.CONNECTION)) {
            for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
                for (String name : value.split(",")) {
                    String listed = name.strip().toLowerCase(Locale.ROOT);
                    if (!listed.isEmpty() && !KEPT.contains(listed)) {
                        headers.remove(listed);
                    }
                }
            }
        }
        for (AsciiString name : OF_THE_CONNECTION) {
            headers.remove(name);
        }
    }
}
