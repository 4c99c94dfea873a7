package io.orizuru.config;

import java.util.List;

/**
 * The networks that units and builds get, one each, and where they may connect to from there.
 *
 * @param range the addresses they get; the first one is this machine's own side of all of them
 * @param nameservers whom they ask for names; empty takes those of this machine
 * @param routers where the built-in router listens: reachable, unless only this machine is to reach it
 * @param units where units may connect to
 * @param builds where builds may connect to
 */
public record NetworkSettings(
        Network range, List<String> nameservers, List<Endpoint> routers, Access units, Access builds) {
    public static final NetworkSettings DEFAULT =
            new NetworkSettings(Network.parse("100.96.0.0/16"), List.of(), List.of(), Access.OPEN, Access.OPEN);

    public NetworkSettings {
        nameservers = List.copyOf(nameservers);
        routers = List.copyOf(routers);
    }

    /**
     * Where one of them may connect to. What is not asked for here: the addresses of this machine, other units and builds,
     * link-local and multicast addresses are never reached.
     *
     * @param outside whether what neither list names is reached
     * @param allow reached, whatever {@code deny} says
     * @param deny not reached
     * @param reachable services of this machine: those on its loopback are reached by the first address of the range, others
     *     by their own
     */
    public record Access(boolean outside, List<Destination> allow, List<Destination> deny, List<Endpoint> reachable) {
        public static final Access OPEN = new Access(true, List.of(), List.of(), List.of());

        public Access {
            allow = List.copyOf(allow);
            deny = List.copyOf(deny);
            reachable = List.copyOf(reachable);
        }

        /** With these services of this machine instead. */
        public Access withReachable(List<Endpoint> services) {
            return new Access(outside, allow, deny, services);
        }
    }

    /**
     * Addresses, and maybe one port of each.
     *
     * @param network IPv4
     * @param port 0 for all
     */
    public record Destination(Network network, int port) {}

    public NetworkSettings withUnits(Access other) {
        return new NetworkSettings(range, nameservers, routers, other, builds);
    }

    public NetworkSettings withBuilds(Access other) {
        return new NetworkSettings(range, nameservers, routers, units, other);
    }

    public NetworkSettings withRouters(List<Endpoint> endpoints) {
        return new NetworkSettings(range, nameservers, endpoints, units, builds);
    }

    public NetworkSettings withNameservers(List<String> addresses) {
        return new NetworkSettings(range, addresses, routers, units, builds);
    }
}
