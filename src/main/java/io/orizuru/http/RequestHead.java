package io.orizuru.http;

import io.orizuru.failure.Failure;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What the head of a request may look like: its path, its query and its headers. */
final class RequestHead {
    /** In bytes of memory; heads of so many are usual, and there are not more of them than connections. */
    static final int USUAL_WEIGHT = 6 << 10;

    private static final int MOST_HEADERS = 100;
    private static final int HEADER_WEIGHT = 64;
    private static final int LONGEST_TYPE = 512;
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9._~%\\[\\]-]{0,255}(:[0-9]{0,5})?|\\[[0-9A-Fa-f:.%]{2,64}](:[0-9]{0,5})?");

    private RequestHead() {}

    /** @throws Failure invalid or too large, when nobody is to see this request */
    static void check(HttpServerRequest request) {
        path(request);
        headers(request);
        host(request);
        types(request);
    }

    /** What the headers of a request take, in bytes of memory. */
    static long weight(HttpServerRequest request) {
        long weight = request.uri().length();
        for (Map.Entry<String, String> header : request.headers()) {
            weight +=
                    HEADER_WEIGHT + header.getKey().length() + header.getValue().length();
        }
        return weight;
    }

    private static void path(HttpServerRequest request) {
        String path = request.path();
        if (path == null || !path.startsWith("/")) {
            throw Failure.invalid("the target of the request is not a path");
        }
        for (String segment : Texts.ofPath(path).split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                throw Failure.invalid("the path \"" + Texts.shown(path) + "\" has a segment \"" + segment + "\"");
            }
        }
        String query = request.query();
        if (query != null) {
            Form.fields(query, new Items(BodyRule.NONE.items()));
        }
    }

    private static void headers(HttpServerRequest request) {
        if (request.headers().size() > MOST_HEADERS) {
            throw Failure.invalid("the request has more than " + MOST_HEADERS + " headers");
        }
        for (Map.Entry<String, String> header : request.headers()) {
            String value = header.getValue();
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if ((c < ' ' && c != '\t') || c == 0x7f) {
                    throw Failure.invalid("the header " + Texts.shown(header.getKey()) + " holds a control character");
                }
            }
        }
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.isBlank() && !encoding.equalsIgnoreCase("identity")) {
            throw Failure.invalid("the Content-Encoding \"" + Texts.shown(encoding)
                    + "\" is not understood here: a body is sent as it is");
        }
        String expected = request.getHeader("Expect");
        if (expected != null && !expected.equalsIgnoreCase("100-continue")) {
            throw Failure.invalid("the header Expect is \"" + Texts.shown(expected) + "\", and may be 100-continue");
        }
    }

    private static void host(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll("Host");
        if (hosts.size() > 1 || !hosts.stream().allMatch(RequestHead::isHost)) {
            throw Failure.invalid("the header Host is not one name or address with a port or without");
        }
    }

    private static boolean isHost(String host) {
        if (!HOST.matcher(host).matches()) {
            return false;
        }
        int colon = host.lastIndexOf(':');
        String port = colon < 0 || host.endsWith("]") ? "" : host.substring(colon + 1);
        return port.isEmpty() || Integer.parseInt(port) < 1 << 16;
    }

    /** What stands in these the framework reads by itself, where it is asked for or not. */
    private static void types(HttpServerRequest request) {
        List<String> types = request.headers().getAll("Content-Type");
        if (types.size() > 1) {
            throw Failure.invalid("the request has " + types.size() + " headers Content-Type");
        }
        if (types.size() == 1 && types.getFirst().isBlank()) {
            request.headers().remove("Content-Type");
        } else if (types.size() == 1 && !isMediaType(types.getFirst())) {
            throw Failure.invalid("the Content-Type \"" + Texts.shown(types.getFirst()) + "\" is not a media type");
        }
        // Clients that ask for nonsense get what there is.
        for (String accepted : request.headers().getAll("Accept")) {
            if (!List.of(accepted.split(",", -1)).stream().allMatch(RequestHead::isMediaType)) {
                request.headers().remove("Accept");
                return;
            }
        }
    }

    private static boolean isMediaType(String text) {
        if (text.length() > LONGEST_TYPE) {
            return false;
        }
        try {
            MediaType type = MediaType.valueOf(text.strip());
            return !type.getType().isBlank() && !type.getSubtype().isBlank();
        } catch (RuntimeException e) {
            return false;
        }
    }
}
