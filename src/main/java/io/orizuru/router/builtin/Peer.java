package io.orizuru.router.builtin;

import io.netty.channel.Channel;
import io.orizuru.config.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * Who is at the other end of a client's connection.
 *
 * @param address an IP address in text, without a zone
 * @param trusted whether what it says of those behind it is believed
 * @param trustedProxies who is trusted in general
 * @param scheme {@code http} or {@code https}
 * @param localPort the port it connected to
 */
record Peer(String address, boolean trusted, List<Network> trustedProxies, String scheme, String localPort) {
    private static final String HTTPS = "https";

    static Peer of(Channel channel, List<Network> trustedProxies, boolean tls) {
        InetAddress address = ((InetSocketAddress) channel.remoteAddress()).getAddress();
        int port = ((InetSocketAddress) channel.localAddress()).getPort();
        return new Peer(
                withoutZone(address.getHostAddress()),
                isIn(trustedProxies, address),
                trustedProxies,
                tls ? HTTPS : "http",
                Integer.toString(port));
    }

    /** Whether nobody between it and this router can read along. */
    boolean isSecure() {
        return scheme.equals(HTTPS);
    }

    boolean trusts(InetAddress other) {
        return isIn(trustedProxies, other);
    }

    private static boolean isIn(List<Network> networks, InetAddress address) {
        return networks.stream().anyMatch(network -> network.contains(address));
    }

    private static String withoutZone(String address) {
        int zone = address.indexOf('%');
        return zone < 0 ? address : address.substring(0, zone);
    }
}
