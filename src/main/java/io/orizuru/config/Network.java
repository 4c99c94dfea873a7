package io.orizuru.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A block of addresses in CIDR notation.
 *
 * @param address its first address
 * @param prefix how many leading bits count, 0 to 32 (IPv4) or 128 (IPv6)
 */
public record Network(InetAddress address, int prefix) {
    /** Reads {@code 10.0.0.0/8}, {@code fd00::/8} or a single address; names are refused. */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        if (!host.matches("[0-9a-fA-F:.]+") || !host.matches(".*[.:].*")) {
            throw new IllegalArgumentException("\"" + text + "\" is not a network such as 10.0.0.0/8");
        }
        try {
            InetAddress address = InetAddress.getByName(host);
            int bits = address.getAddress().length * 8;
            int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
            if (prefix < 0 || prefix > bits) {
                throw new IllegalArgumentException("the prefix of \"" + text + "\" is not between 0 and " + bits);
            }
            return new Network(address, prefix);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("\"" + text + "\" is not a network such as 10.0.0.0/8", e);
        }
    }

    public boolean contains(InetAddress candidate) {
        byte[] mine = address.getAddress();
        byte[] theirs = candidate.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** Whether all addresses of a kind are in it. */
    public boolean isEverything() {
        return prefix == 0;
    }

    /** Whether an address of the loopback is in it. */
    public boolean hasLoopback() {
        boolean four = address.getAddress().length == 4;
        InetAddress loopback = InetAddress.ofLiteral(four ? "127.0.0.1" : "::1");
        return contains(loopback) || address.isLoopbackAddress();
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + prefix;
    }
}
