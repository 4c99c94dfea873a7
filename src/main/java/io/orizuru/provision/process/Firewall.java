package io.orizuru.provision.process;

import io.orizuru.config.Endpoint;
import io.orizuru.config.NetworkSettings;
import io.orizuru.config.NetworkSettings.Access;
import io.orizuru.config.NetworkSettings.Destination;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What may pass between the networks of units and builds, this machine and the world, as a table of the kernel's. Pure.
 *
 * <p>Each engine has a table of its own, which speaks of its own interfaces only. What a rule refuses is refused at once, so
 * that an app fails with an error instead of waiting.
 *
 * @param prefix with which the names of all interfaces of this engine begin
 * @param range the addresses of units and builds
 * @param nameservers whom they may ask for names
 * @param settings where they may connect to besides
 */
record Firewall(String prefix, AddressRange range, List<String> nameservers, NetworkSettings settings) {
    /** With which the names of the interfaces of all engines begin. */
    static final String ALL = "oz";

    /** What stands after the prefix in the names of units' interfaces, and of builds'. */
    static final String UNIT = "u";

    static final String BUILD = "b";

    /** This machine itself, its neighbours on the wire, who tells a cloud's machines their secrets (see outgoing.Reach), everybody. */
    private static final String NEVER =
            "{ 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192, 224.0.0.0/3 }";

    private static final String REFUSE = "goto refuse";
    private static final String ASKING = "meta l4proto { tcp, udp } th dport 53 accept";

    String table() {
        return "orizuru_" + prefix;
    }

    /** A script for {@code nft}: makes the table be exactly this, in one step. */
    String text() {
        String table = "table inet " + table();
        return table + "\ndelete " + table + "\n" + table + " {\n"
                + first() + services() + here() + through()
                + beyond("units", settings.units()) + beyond("builds", settings.builds()) + refuse() + leaving()
                + "}\n";
    }

    private String interfaces(String kind) {
        return "\"" + prefix + kind + "*\"";
    }

    /** Only what has its own address as the source comes in, before anything else looks at it. */
    private String first() {
        return chain(
                "first",
                "type filter hook prerouting priority raw; policy accept;",
                "iifname != " + interfaces("") + " accept",
                "meta nfproto != ipv4 drop",
                "fib saddr type local drop",
                "fib saddr . iif oif missing drop",
                "ip daddr 127.0.0.0/8 drop");
    }

    /** Services on this machine's loopback, by the address that units see of it. */
    private String services() {
        return chain(
                "services",
                "type nat hook prerouting priority dstnat; policy accept;",
                lines(loopback(settings.units()).stream()
                        .map(service -> mapped(UNIT, service))
                        .toList()),
                lines(loopback(settings.builds()).stream()
                        .map(service -> mapped(BUILD, service))
                        .toList()));
    }

    private String mapped(String kind, Endpoint service) {
        return "iifname " + interfaces(kind) + " ip daddr " + range.gateway() + " meta l4proto { tcp, udp } th dport "
                + service.port() + " dnat ip to " + literal(service) + ":" + service.port();
    }

    static List<Endpoint> loopback(Access access) {
        return access.reachable().stream().filter(Endpoint::isLoopback).toList();
    }

    private static String literal(Endpoint service) {
        return service.host();
    }

    /** What comes to this machine itself. */
    private String here() {
        return chain(
                "here",
                "type filter hook input priority filter; policy accept;",
                "iifname != " + interfaces("") + " accept",
                "ct state established accept",
                "ct state related meta l4proto icmp accept",
                lines(settings.units().reachable().stream()
                        .map(service -> reached(UNIT, service))
                        .toList()),
                lines(settings.builds().reachable().stream()
                        .map(service -> reached(BUILD, service))
                        .toList()),
                lines(settings.routers().stream()
                        .filter(router -> !router.isLoopback() && router.port() > 0)
                        .map(Firewall::router)
                        .toList()),
                asking(),
                REFUSE);
    }

    private String reached(String kind, Endpoint service) {
        String original = service.isLoopback() ? " ct original ip daddr " + range.gateway() : "";
        return "iifname " + interfaces(kind) + " ip daddr " + literal(service) + original
                + " meta l4proto { tcp, udp } th dport " + service.port() + " accept";
    }

    /** One that listens on an address is reached there; on all of them, or by a name, anywhere. */
    private static String router(Endpoint router) {
        boolean literal = router.host().matches("[0-9.]+") && !router.host().equals("0.0.0.0");
        return (literal ? "ip daddr " + router.host() : "fib daddr type local ip daddr != 127.0.0.0/8") + " tcp dport "
                + router.port() + " accept";
    }

    private String asking() {
        return asking(nameservers);
    }

    static String asking(List<String> nameservers) {
        return nameservers.isEmpty() ? "" : "ip daddr { " + String.join(", ", nameservers) + " } " + ASKING;
    }

    /** What passes through this machine. */
    private String through() {
        return chain(
                "through",
                "type filter hook forward priority filter; policy accept;",
                "oifname " + interfaces("") + " ct state established,related accept",
                "oifname " + interfaces("") + " " + REFUSE,
                "iifname != " + interfaces("") + " accept",
                "meta nfproto != ipv4 drop",
                // Somebody else's rule leads an address of this machine to elsewhere.
                "ct status dnat " + REFUSE,
                "ct state established accept",
                "ct state related meta l4proto icmp accept",
                "iifname " + interfaces(UNIT) + " goto units",
                "goto builds");
    }

    private String beyond(String chain, Access access) {
        return chain(chain, asking(), beyond(range, access));
    }

    /** What is refused or accepted of the world. */
    static String beyond(AddressRange range, Access access) {
        return lines(List.of(
                "ip daddr " + range.network() + " " + REFUSE,
                "ip daddr " + NEVER + " " + REFUSE,
                lines(access.allow().stream()
                        .map(destination -> to(destination, "accept"))
                        .toList()),
                lines(access.deny().stream()
                        .map(destination -> to(destination, REFUSE))
                        .toList()),
                access.outside() ? "accept" : REFUSE));
    }

    private static String to(Destination destination, String verdict) {
        String port = destination.port() == 0 ? "" : " meta l4proto { tcp, udp } th dport " + destination.port();
        return "ip daddr " + destination.network() + port + " " + verdict;
    }

    /** A reset, for the kernel sends only so many of the other answers. */
    static String refuse() {
        return chain("refuse", "meta l4proto tcp reject with tcp reset", "reject with icmpx admin-prohibited");
    }

    /** The world knows nothing of these addresses. */
    private String leaving() {
        return chain(
                "leaving",
                "type nat hook postrouting priority srcnat; policy accept;",
                "ip saddr " + range.network() + " oifname != \"" + ALL + "*\" masquerade");
    }

    private static String chain(String name, String... rules) {
        return List.of(rules).stream()
                .flatMap(String::lines)
                .filter(rule -> !rule.isBlank())
                .map(rule -> "    " + rule + "\n")
                .collect(Collectors.joining("", "  chain " + name + " {\n", "  }\n"));
    }

    private static String lines(List<String> rules) {
        return rules.stream().filter(rule -> !rule.isBlank()).collect(Collectors.joining("\n"));
    }
}
