package io.orizuru.router.builtin;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Set;

/**
 * A request's head, checked and rewritten for a backend.
 *
 * @param host the normalised name that was asked for
 * @param outbound what a backend gets
 * @param hasBody whether a body follows, be it empty
 * @param upgrade whether it asks for a WebSocket
 * @param keepAlive whether the client wants to keep its connection
 */
record RequestHead(String host, HttpRequest outbound, boolean hasBody, boolean upgrade, boolean keepAlive) {
    private static final Set<HttpMethod> IDEMPOTENT =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

    /** Why a request goes nowhere. */
    static final class Refused extends Exception {
        private final transient HttpResponseStatus status;

        Refused(HttpResponseStatus status, String message) {
            super(message, null, false, false);
            this.status = status;
        }

        HttpResponseStatus status() {
            return status;
        }
    }

    /**
     * @param http2 whether it came as HTTP/2, where framing is not the headers' business
     * @throws Refused when it is malformed or ambiguous
     */
    static RequestHead read(HttpRequest request, Peer peer, boolean http2) throws Refused {
        checkDecoded(request.decoderResult());
        checkLine(request);
        HttpHeaders headers = request.headers();
        if (!http2) {
            checkFraming(request);
        }
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        if (hosts.size() != 1) {
            throw bad(hosts.isEmpty() ? "the request names no host" : "the request names more than one host");
        }
        String host = HostName.ofHeader(hosts.getFirst());
        if (host == null) {
            throw bad("the request's host is not a host name");
        }
        boolean ended = request instanceof LastHttpContent;
        boolean hasBody = !ended && Headers.hasBody(request);
        boolean chunked = hasBody && !headers.contains(HttpHeaderNames.CONTENT_LENGTH);
        boolean upgrade =
                !http2 && !hasBody && request.method().equals(HttpMethod.GET) && Headers.upgradesToWebSocket(request);
        boolean trailersWanted = headers.contains(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
        boolean keepAlive = HttpUtil.isKeepAlive(request);

        Headers.removeConnectionHeaders(headers);
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        ForwardingHeaders.rewrite(headers, peer, hosts.getFirst());
        if (chunked) {
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        if (upgrade) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
        } else if (trailersWanted) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderNames.TE);
            headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
        }
        HttpRequest outbound = new DefaultHttpRequest(HttpVersion.HTTP_1_1, request.method(), request.uri(), headers);
        return new RequestHead(host, outbound, hasBody, upgrade, keepAlive);
    }

    /** Whether sending it twice has the effect of sending it once. */
    boolean isIdempotent() {
        return IDEMPOTENT.contains(outbound.method());
    }

    boolean isHead() {
        return outbound.method().equals(HttpMethod.HEAD);
    }

    private static void checkDecoded(DecoderResult result) throws Refused {
        if (result.isSuccess()) {
            return;
        }
        throw switch (result.cause()) {
            case TooLongHttpLineException e ->
                new Refused(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the request line is too long");
            case TooLongHttpHeaderException e ->
                new Refused(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's headers are too large");
            case null, default -> bad("the request is malformed");
        };
    }

    private static void checkLine(HttpRequest request) throws Refused {
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            throw new Refused(
                    HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "the request is of no known version of HTTP");
        }
        HttpMethod method = request.method();
        // A tunnel to anywhere, and an echo of headers that the client's scripts must not see.
        if (method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE)) {
            throw new Refused(HttpResponseStatus.METHOD_NOT_ALLOWED, "the method is not allowed");
        }
        String target = request.uri();
        if (!target.startsWith("/") && !(target.equals("*") && method.equals(HttpMethod.OPTIONS))) {
            throw bad("the request's target is not a path");
        }
        for (int i = 0; i < target.length(); i++) {
            if (target.charAt(i) <= ' ' || target.charAt(i) >= 0x7f) {
                throw bad("the request's target holds a character that must be percent-encoded");
            }
        }
    }

    /** RFC 9112, 6.1 and 6.3: what two readers could frame differently is refused, not mended. */
    private static void checkFraming(HttpRequest request) throws Refused {
        List<String> encodings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = request.headers().getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (!encodings.isEmpty()) {
            if (!lengths.isEmpty()) {
                throw bad("the request has a Content-Length and a Transfer-Encoding");
            }
            if (encodings.size() > 1 || !encodings.getFirst().equalsIgnoreCase("chunked")) {
                throw bad("the request's Transfer-Encoding is not chunked");
            }
            if (request.protocolVersion().equals(HttpVersion.HTTP_1_0)) {
                throw bad("a request of HTTP/1.0 has a Transfer-Encoding");
            }
        }
        if (lengths.size() > 1 || (lengths.size() == 1 && !isNumber(lengths.getFirst()))) {
            throw bad("the request's Content-Length is not one number");
        }
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static Refused bad(String message) {
        return new Refused(HttpResponseStatus.BAD_REQUEST, message);
    }
}
