package io.orizuru.router.builtin;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What a backend is told of the client: by this router, and by proxies that are trusted; never by the client itself. */
final class ForwardingHeaders {
    private static final AsciiString FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");
    private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString PORT = AsciiString.cached("x-forwarded-port");
    private static final AsciiString REAL_IP = AsciiString.cached("x-real-ip");
    private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    private static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");
    private static final int LONGEST_REQUEST_ID = 128;

    private ForwardingHeaders() {}

    /** @param host the {@code Host} header as it was sent, checked */
    static void rewrite(HttpHeaders headers, Peer peer, String host) {
        removeImpostors(headers, peer.trusted());
        if (peer.trusted()) {
            extend(headers, peer, host);
        } else {
            headers.set(FOR, peer.address());
            headers.set(REAL_IP, peer.address());
            headers.set(PROTO, peer.scheme());
            headers.set(HOST, host);
            headers.set(PORT, peer.localPort());
        }
        String id = headers.get(REQUEST_ID);
        if (id == null || !isRequestId(id) || headers.getAll(REQUEST_ID).size() > 1) {
            headers.set(REQUEST_ID, newRequestId());
        }
    }

    /** Removes from a request's trailers what would be believed if it was taken for a header. */
    static void cleanTrailers(HttpHeaders trailers) {
        if (!trailers.isEmpty()) {
            Headers.removeConnectionHeaders(trailers);
            removeImpostors(trailers, false);
        }
    }

    /**
     * Removes what the client says of itself, also where it is spelled with underscores: many application servers take
     * {@code X_Forwarded_For} for {@code X-Forwarded-For}. The names with {@code x-http2-} are traces of the HTTP/2 codec.
     */
    private static void removeImpostors(HttpHeaders headers, boolean trusted) {
        List<CharSequence> impostors = null;
        Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
        while (all.hasNext()) {
            CharSequence name = all.next().getKey();
            if (isImpostor(name, trusted)) {
                impostors = impostors == null ? new ArrayList<>() : impostors;
                impostors.add(name);
            }
        }
        if (impostors != null) {
            impostors.forEach(headers::remove);
        }
    }

    private static boolean isImpostor(CharSequence name, boolean trusted) {
        if (name.isEmpty()) {
            return true;
        }
        char first = name.charAt(0);
        if (first != 'x' && first != 'X' && first != 'f' && first != 'F') {
            return false;
        }
        boolean underscore = AsciiString.indexOf(name, '_', 0) >= 0;
        CharSequence dashed = underscore ? name.toString().replace('_', '-') : name;
        if (AsciiString.regionMatches(dashed, true, 0, "x-http2-", 0, 8)) {
            return true;
        }
        boolean forwarding = AsciiString.regionMatches(dashed, true, 0, "x-forwarded-", 0, 12)
                || REAL_IP.contentEqualsIgnoreCase(dashed)
                || FORWARDED.contentEqualsIgnoreCase(dashed)
                || (underscore && REQUEST_ID.contentEqualsIgnoreCase(dashed));
        return forwarding && (!trusted || underscore);
    }

    private static void extend(HttpHeaders headers, Peer peer, String host) {
        List<String> before = headers.getAll(FOR);
        String chain = before.isEmpty() ? peer.address() : String.join(", ", before) + ", " + peer.address();
        headers.set(FOR, chain);
        headers.set(REAL_IP, nearestUntrusted(chain, peer));
        String proto = lastOf(headers, PROTO);
        boolean known = proto != null && (proto.equalsIgnoreCase("http") || proto.equalsIgnoreCase("https"));
        headers.set(PROTO, known ? proto : peer.scheme());
        String port = lastOf(headers, PORT);
        if (port == null || !isPort(port)) {
            headers.set(PORT, !known ? peer.localPort() : "https".equalsIgnoreCase(proto) ? "443" : "80");
        }
        String forwardedHost = lastOf(headers, HOST);
        if (forwardedHost == null || HostName.ofHeader(forwardedHost) == null) {
            headers.set(HOST, host);
        }
        List<String> forwarded = headers.getAll(FORWARDED);
        if (!forwarded.isEmpty()) {
            String node = peer.address().indexOf(':') < 0 ? peer.address() : "\"[" + peer.address() + "]\"";
            headers.set(FORWARDED, String.join(", ", forwarded) + ", for=" + node + ";proto=" + peer.scheme());
        }
    }

    private static @Nullable String lastOf(HttpHeaders headers, AsciiString name) {
        List<String> values = headers.getAll(name);
        return values.isEmpty() ? null : values.getLast();
    }

    /** Reads the chain from its end, as far as each one that adds to it is trusted. */
    private static String nearestUntrusted(String chain, Peer peer) {
        String nearest = peer.address();
        String[] hops = chain.split(",");
        for (int i = hops.length - 1; i >= 0; i--) {
            InetAddress hop = address(hops[i].strip());
            if (hop == null) {
                return nearest;
            }
            nearest = hop.getHostAddress();
            if (!peer.trusts(hop)) {
                return nearest;
            }
        }
        return nearest;
    }

    private static @Nullable InetAddress address(String text) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static boolean isPort(String text) {
        return !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isRequestId(String id) {
        if (id.isEmpty() || id.length() > LONGEST_REQUEST_ID) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letterOrDigit && "-_.:+/=@".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** It identifies, it protects nothing: no secure random is needed. */
    private static String newRequestId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] hex = new byte[32];
        for (int half = 0; half < 2; half++) {
            long bits = random.nextLong();
            for (int i = 0; i < 16; i++, bits >>>= 4) {
                hex[half * 16 + i] = (byte) "0123456789abcdef".charAt((int) bits & 0xf);
            }
        }
        return new String(hex, java.nio.charset.StandardCharsets.ISO_8859_1);
    }
}
