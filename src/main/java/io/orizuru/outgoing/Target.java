package io.orizuru.outgoing;

import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where a call goes, as read from its URI: what is checked here is what is connected to and what is sent, so that no
 * second parser gets a say.
 *
 * @param tls whether the scheme is https
 * @param host the host
 * @param port 1 to 65535
 * @param path path and query as they go onto the wire, beginning with {@code /}
 */
record Target(boolean tls, HostName host, int port, String path) {
    private static final int LONGEST = 8192;

    static Target parse(String address) throws OutgoingFailure {
        if (address.length() > LONGEST) {
            throw new OutgoingFailure(
                    Rule.FORM, address.substring(0, 60) + "…", "an address has at most " + LONGEST + " characters");
        }
        if (!address.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\')) {
            throw new OutgoingFailure(
                    Rule.FORM,
                    printable(address),
                    "an address is written in ASCII, without spaces and backslashes; other characters are"
                            + " percent-encoded in paths and in punycode in host names");
        }
        URI uri = uri(address);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean tls = scheme.equals("https");
        if (!tls && !scheme.equals("http")) {
            throw new OutgoingFailure(Rule.SCHEME, address, "only http:// and https:// are called");
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw new OutgoingFailure(Rule.FORM, address, "there is no host");
        }
        if (authority.contains("@")) {
            // Not quoted: what stands before the @ is often a password.
            throw new OutgoingFailure(
                    Rule.FORM,
                    authority.substring(authority.lastIndexOf('@') + 1),
                    "an address has no user or password before its host; credentials go into headers");
        }
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return authority(tls, authority, uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
    }

    private static Target authority(boolean tls, String authority, String path) throws OutgoingFailure {
        boolean bracketed = authority.startsWith("[");
        int end = bracketed ? authority.indexOf(']') + 1 : authority.indexOf(':');
        if (bracketed && end == 0) {
            throw new OutgoingFailure(Rule.FORM, authority, "the bracket of the IPv6 address is not closed");
        }
        if (end < 0) {
            end = authority.length();
        }
        String host = bracketed ? authority.substring(1, end - 1) : authority.substring(0, end);
        if (bracketed && !host.contains(":")) {
            throw new OutgoingFailure(Rule.FORM, authority, "only an IPv6 address stands in brackets");
        }
        String rest = authority.substring(end);
        return new Target(tls, HostName.parse(host), rest.isEmpty() ? (tls ? 443 : 80) : port(authority, rest), path);
    }

    private static int port(String authority, String rest) throws OutgoingFailure {
        if (rest.matches(":[0-9]{1,5}")) {
            int port = Integer.parseInt(rest.substring(1));
            if (port >= 1 && port <= 65535) {
                return port;
            }
        }
        throw new OutgoingFailure(Rule.FORM, authority, "a port is a number of 1 to 65535");
    }

    /** Where a {@code Location} header leads from here. */
    Target redirect(String location) throws OutgoingFailure {
        if (location.startsWith("?")) {
            // java.net.URI drops the last part of the path here, as an older standard wanted.
            int query = path.indexOf('?');
            return parse(origin() + (query < 0 ? path : path.substring(0, query)) + location);
        }
        if (!location.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\')) {
            throw new OutgoingFailure(
                    Rule.FORM, host.text(), "it redirects to \"" + printable(location) + "\", which is not an address");
        }
        return parse(uri(origin() + path).resolve(uri(location)).toString());
    }

    boolean sameOrigin(Target other) {
        return tls == other.tls && port == other.port && host.text().equals(other.host.text());
    }

    /** Host and port, the port only where it is not the scheme's. */
    String authority() {
        return port == (tls ? 443 : 80) ? host.inUri() : host.inUri() + ":" + port;
    }

    String uri() {
        return origin() + path;
    }

    private String origin() {
        return (tls ? "https://" : "http://") + authority();
    }

    private static URI uri(String text) throws OutgoingFailure {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new OutgoingFailure(Rule.FORM, text, "this is not an address: " + e.getReason());
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
