package io.orizuru.provision.process;

import io.orizuru.config.Network;

/**
 * The addresses of units and builds, by number. The first and the last one of a network are nobody's; number 1 is this
 * machine's own side of all of them.
 *
 * @param network IPv4, given by its first address
 */
record AddressRange(Network network) {
    private static final int FIRST = 2;

    /** This machine, as units and builds see it. */
    String gateway() {
        return address(1);
    }

    /** How many units and builds there can be at a time. */
    int count() {
        return (1 << (32 - network.prefix())) - FIRST - 1;
    }

    /** The number of the address at a place in the order of those that can be given, which begins anew after the last one. */
    int number(int place) {
        return FIRST + Math.floorMod(place, count());
    }

    String address(int number) {
        int bits = first() + number;
        return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff);
    }

    private int first() {
        int bits = 0;
        for (byte part : network.address().getAddress()) {
            bits = bits << 8 | (part & 0xff);
        }
        return bits;
    }
}
