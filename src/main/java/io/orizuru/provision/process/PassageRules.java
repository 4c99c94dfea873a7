package io.orizuru.provision.process;

import io.orizuru.config.Endpoint;
import io.orizuru.config.NetworkSettings.Access;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What may leave a network whose way out is pasta, as a table of its own namespace. Pure. See {@link Firewall}.
 *
 * @param range the first address of which leads to services of this machine's loopback
 * @param nameservers whom one may ask for names
 * @param machine the addresses of this machine
 * @param routers where the built-in router listens
 * @param access where one may connect to besides
 */
record PassageRules(
        AddressRange range, List<String> nameservers, List<String> machine, List<Endpoint> routers, Access access) {
    String text() {
        StringBuilder text = new StringBuilder("""
                table inet orizuru {
                  chain services {
                    type nat hook output priority -100; policy accept;
                """);
        for (Endpoint service : Firewall.loopback(access)) {
            text.append("    ip daddr ")
                    .append(range.gateway())
                    .append(" tcp dport ")
                    .append(service.port())
                    .append(" dnat ip to 127.0.0.1\n");
        }
        // pasta takes what comes from the loopback only.
        text.append("""
                  }
                  chain source {
                    type nat hook postrouting priority 100; policy accept;
                    oifname "lo" ct status dnat snat ip to 127.0.0.1
                  }
                  chain out {
                    type filter hook output priority filter; policy accept;
                    oifname "lo" accept
                    ip daddr 127.0.0.0/8 ct status dnat accept
                    meta nfproto != ipv4 goto refuse
                """);
        for (Endpoint service : access.reachable()) {
            if (!service.isLoopback()) {
                text.append("    ip daddr ")
                        .append(service.host())
                        .append(" meta l4proto { tcp, udp } th dport ")
                        .append(service.port())
                        .append(" accept\n");
            }
        }
        text.append(Firewall.asking(nameservers).indent(4));
        if (!machine.isEmpty()) {
            routers.stream()
                    .filter(router -> !router.isLoopback() && router.port() > 0)
                    .forEach(router -> text.append("    ip daddr { ")
                            .append(String.join(", ", machine))
                            .append(" } tcp dport ")
                            .append(router.port())
                            .append(" accept\n"));
            text.append(machine.stream().collect(Collectors.joining(", ", "    ip daddr { ", " } goto refuse\n")));
        }
        text.append(Firewall.beyond(range, access).indent(4)).append("  }\n");
        return text.append(Firewall.refuse()).append("}\n").toString();
    }
}
