package io.orizuru.outgoing;

import static java.util.Map.entry;

import io.orizuru.config.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses may be called: the public ones, and those that the operator allows. The tables follow IANA's registries of
 * special-purpose addresses for IPv4 and IPv6 (RFC 6890).
 *
 * <p>An IPv6 address that carries an IPv4 address is judged by what it carries, because some gateway will deliver it there.
 */
final class Reach {
    /** Documented addresses of the metadata services of clouds: they hand out the machine's own credentials. */
    private static final List<InetAddress> METADATA = List.of(
            InetAddress.ofLiteral("169.254.169.254"),
            InetAddress.ofLiteral("169.254.170.2"),
            InetAddress.ofLiteral("169.254.170.23"),
            InetAddress.ofLiteral("100.100.100.200"),
            InetAddress.ofLiteral("168.63.129.16"),
            InetAddress.ofLiteral("192.0.0.192"),
            InetAddress.ofLiteral("fd00:ec2::254"),
            InetAddress.ofLiteral("fd00:ec2::23"),
            InetAddress.ofLiteral("fd20:ce::254"));

    private static final List<Entry<Network, String>> SPECIAL = List.of(
            special("0.0.0.0/32", "the unspecified address"),
            special("0.0.0.0/8", "\"this\" network"),
            special("10.0.0.0/8", "a private network"),
            special("100.64.0.0/10", "a carrier's shared network"),
            special("127.0.0.0/8", "the loopback"),
            special("169.254.0.0/16", "the local link"),
            special("172.16.0.0/12", "a private network"),
            special("192.0.0.0/24", "a network for protocols"),
            special("192.0.2.0/24", "a network for documentation"),
            special("192.31.196.0/24", "a reserved network"),
            special("192.52.193.0/24", "a reserved network"),
            special("192.88.99.0/24", "a reserved network"),
            special("192.168.0.0/16", "a private network"),
            special("192.175.48.0/24", "a reserved network"),
            special("198.18.0.0/15", "a network for benchmarks"),
            special("198.51.100.0/24", "a network for documentation"),
            special("203.0.113.0/24", "a network for documentation"),
            special("224.0.0.0/4", "a multicast group"),
            special("255.255.255.255/32", "the broadcast address"),
            special("240.0.0.0/4", "a reserved network"),
            special("::/128", "the unspecified address"),
            special("::1/128", "the loopback"),
            special("64:ff9b:1::/48", "a network of a local translator"),
            special("100::/64", "a network that discards"),
            special("2001::/32", "a Teredo tunnel"),
            special("2001::/23", "a network for protocols"),
            special("2001:db8::/32", "a network for documentation"),
            special("3fff::/20", "a network for documentation"),
            special("5f00::/16", "a network of segment routing"),
            special("fc00::/7", "a private network"),
            special("fe80::/10", "the local link"),
            special("fec0::/10", "a private network"),
            special("ff00::/8", "a multicast group"));

    private static final Network GLOBAL = Network.parse("2000::/3");

    private static final Network COMPATIBLE = Network.parse("::/96");
    private static final Network TRANSLATED = Network.parse("::ffff:0:0:0/96");
    private static final Network NAT64 = Network.parse("64:ff9b::/96");
    private static final Network SIX_TO_FOUR = Network.parse("2002::/16");

    private final List<Network> allowed;

    Reach(List<Network> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /** What kind of place the address is, if calls may not go there; null if they may. */
    @Nullable
    String refusal(InetAddress candidate) {
        // Some resolvers keep an IPv4 address in its IPv6 clothes, or a zone: both would miss the tables.
        InetAddress address = of(candidate.getAddress());
        if (METADATA.contains(address)) {
            // A wide block that was allowed for neighbours must not open this by accident.
            return allows(address, true) ? null : "the metadata service of a cloud";
        }
        if (allows(address, false)) {
            return null;
        }
        for (Entry<Network, String> special : SPECIAL) {
            if (special.getKey().contains(address)) {
                return special.getValue();
            }
        }
        return address instanceof Inet6Address ? refusalOfIpv6(address) : null;
    }

    private @Nullable String refusalOfIpv6(InetAddress address) {
        for (InetAddress embedded : embedded(address)) {
            String refusal = refusal(embedded);
            if (refusal != null) {
                return refusal + " (as IPv4 inside IPv6)";
            }
        }
        return GLOBAL.contains(address) || translated(address) ? null : "a network that is not public";
    }

    private boolean allows(InetAddress address, boolean exactly) {
        int bits = address.getAddress().length * 8;
        return allowed.stream().anyMatch(n -> n.contains(address) && (!exactly || n.prefix() == bits));
    }

    /** The IPv4 addresses that an IPv6 address carries. (The JDK turns ::ffff:0:0/96 into IPv4 by itself.) */
    private static List<InetAddress> embedded(InetAddress address) {
        byte[] bytes = address.getAddress();
        List<InetAddress> found = new ArrayList<>();
        if (translated(address)) {
            found.add(ipv4(bytes, 12));
        }
        if (SIX_TO_FOUR.contains(address)) {
            found.add(ipv4(bytes, 2));
        }
        // ISATAP (RFC 5214): any prefix, then 0000:5efe or 0200:5efe, then the IPv4 address.
        if ((bytes[8] & 0xfd) == 0 && bytes[9] == 0 && bytes[10] == 0x5e && bytes[11] == (byte) 0xfe) {
            found.add(ipv4(bytes, 12));
        }
        return found;
    }

    private static InetAddress ipv4(byte[] bytes, int from) {
        return of(Arrays.copyOfRange(bytes, from, from + 4));
    }

    private static boolean translated(InetAddress address) {
        return COMPATIBLE.contains(address) || TRANSLATED.contains(address) || NAT64.contains(address);
    }

    private static InetAddress of(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Entry<Network, String> special(String network, String kind) {
        return entry(Network.parse(network), kind);
    }
}
