package io.orizuru.app;

import io.orizuru.failure.Failure;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.OutgoingFailure;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;

/**
 * How an app is to sleep.
 *
 * @param proxy the URL of who answers its visitors meanwhile; empty when they wait for it to wake
 * @param wakes whether a visitor wakes it; else somebody has to start it
 */
record SleepRequest(String proxy, boolean wakes) {
    private static final int HTTP = 80;

    /**
     * @param proxy {@code http://}, a host, and a port where it is not 80; with {@code wakes} it may be empty
     * @throws Failure when it is neither
     */
    static SleepRequest of(String proxy, boolean wakes) {
        if (proxy.isEmpty()) {
            if (!wakes) {
                throw Failure.invalid("Empty proxy URL");
            }
            return new SleepRequest("", true);
        }
        uri(proxy);
        return new SleepRequest(proxy, wakes);
    }

    private static URI uri(String proxy) {
        URI uri;
        try {
            uri = new URI(proxy);
        } catch (URISyntaxException e) {
            throw invalid();
        }
        boolean bare = uri.getRawUserInfo() == null
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null
                && (uri.getRawPath() == null
                        || uri.getRawPath().isEmpty()
                        || uri.getRawPath().equals("/"));
        if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || !bare) {
            throw invalid();
        }
        return uri;
    }

    /** What was given is not repeated: it may hold a password. */
    private static Failure invalid() {
        return Failure.invalid(
                "Invalid proxy URL: expected http://HOST or http://HOST:PORT, without a user, path or query;"
                        + " requests are passed on as they came");
    }

    /**
     * Where the proxy is. It is looked up once: visitors must not be led elsewhere by a name that changes.
     *
     * @throws Failure when it is nowhere, or where calls may not go
     */
    List<Placement.Address> addresses(Door door) {
        if (proxy.isEmpty()) {
            return List.of();
        }
        URI uri = uri(proxy);
        int port = uri.getPort() < 0 ? HTTP : uri.getPort();
        try {
            return door.resolve(uri.getHost().replaceAll("[\\[\\]]", ""), port).stream()
                    .map(found -> new Placement.Address(found.getAddress().getHostAddress(), found.getPort()))
                    .distinct()
                    .toList();
        } catch (OutgoingFailure e) {
            throw Failure.invalid("Invalid proxy URL: " + e.getMessage());
        }
    }
}
