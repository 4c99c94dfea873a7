package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Network;
import io.orizuru.config.NetworkSettings;
import io.orizuru.config.NetworkSettings.Access;
import io.orizuru.config.NetworkSettings.Destination;
import java.util.List;
import org.junit.jupiter.api.Test;

class FirewallTest {
    private static final AddressRange RANGE = new AddressRange(Network.parse("100.96.0.0/16"));

    private static String text(NetworkSettings settings) {
        return new Firewall("oz00abc", RANGE, List.of("192.0.2.53"), settings).text();
    }

    @Test
    void unitsAreReachedByThisMachineAloneAndReachTheWorldAlone() {
        assertThat(text(NetworkSettings.DEFAULT)).isEqualTo("""
                table inet orizuru_oz00abc
                delete table inet orizuru_oz00abc
                table inet orizuru_oz00abc {
                  chain first {
                    type filter hook prerouting priority raw; policy accept;
                    iifname != "oz00abc*" accept
                    meta nfproto != ipv4 drop
                    fib saddr type local drop
                    fib saddr . iif oif missing drop
                    ip daddr 127.0.0.0/8 drop
                  }
                  chain services {
                    type nat hook prerouting priority dstnat; policy accept;
                  }
                  chain here {
                    type filter hook input priority filter; policy accept;
                    iifname != "oz00abc*" accept
                    ct state established accept
                    ct state related meta l4proto icmp accept
                    ip daddr { 192.0.2.53 } meta l4proto { tcp, udp } th dport 53 accept
                    goto refuse
                  }
                  chain through {
                    type filter hook forward priority filter; policy accept;
                    oifname "oz00abc*" ct state established,related accept
                    oifname "oz00abc*" goto refuse
                    iifname != "oz00abc*" accept
                    meta nfproto != ipv4 drop
                    ct status dnat goto refuse
                    ct state established accept
                    ct state related meta l4proto icmp accept
                    iifname "oz00abcu*" goto units
                    goto builds
                  }
                  chain units {
                    ip daddr { 192.0.2.53 } meta l4proto { tcp, udp } th dport 53 accept
                    ip daddr 100.96.0.0/16 goto refuse
                    ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192, 224.0.0.0/3 } goto refuse
                    accept
                  }
                  chain builds {
                    ip daddr { 192.0.2.53 } meta l4proto { tcp, udp } th dport 53 accept
                    ip daddr 100.96.0.0/16 goto refuse
                    ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192, 224.0.0.0/3 } goto refuse
                    accept
                  }
                  chain refuse {
                    meta l4proto tcp reject with tcp reset
                    reject with icmpx admin-prohibited
                  }
                  chain leaving {
                    type nat hook postrouting priority srcnat; policy accept;
                    ip saddr 100.96.0.0/16 oifname != "oz*" masquerade
                  }
                }
                """);
    }

    @Test
    void whatIsAllowedComesBeforeWhatIsDeniedAndAfterWhatIsNeverReached() {
        Access access = new Access(
                false,
                List.of(new Destination(Network.parse("10.1.0.0/16"), 443)),
                List.of(new Destination(Network.parse("10.0.0.0/8"), 0)),
                List.of());
        assertThat(text(NetworkSettings.DEFAULT.withUnits(access))).contains("""
                224.0.0.0/3 } goto refuse
                    ip daddr 10.1.0.0/16 meta l4proto { tcp, udp } th dport 443 accept
                    ip daddr 10.0.0.0/8 goto refuse
                    goto refuse
                  }
                  chain builds {
                """);
    }

    @Test
    void servicesOfTheLoopbackAreReachedByTheMachinesAddressAndOthersByTheirOwn() {
        Access access =
                Access.OPEN.withReachable(List.of(new Endpoint("127.0.0.1", 5432), new Endpoint("192.0.2.2", 6379)));
        assertThat(text(NetworkSettings.DEFAULT.withUnits(access)))
                .contains("iifname \"oz00abcu*\" ip daddr 100.96.0.1 meta l4proto { tcp, udp } th dport 5432"
                        + " dnat ip to 127.0.0.1:5432\n")
                .contains("iifname \"oz00abcu*\" ip daddr 127.0.0.1 ct original ip daddr 100.96.0.1"
                        + " meta l4proto { tcp, udp } th dport 5432 accept\n")
                .contains("iifname \"oz00abcu*\" ip daddr 192.0.2.2 meta l4proto { tcp, udp } th dport 6379 accept\n")
                .doesNotContain("iifname \"oz00abcb*\" ip daddr");
    }

    @Test
    void routersAreReachedUnlessOnlyThisMachineIsToReachThem() {
        NetworkSettings settings = NetworkSettings.DEFAULT.withRouters(
                List.of(new Endpoint("127.0.0.1", 8081), new Endpoint("0.0.0.0", 80), new Endpoint("192.0.2.2", 443)));
        assertThat(text(settings))
                .contains("fib daddr type local ip daddr != 127.0.0.0/8 tcp dport 80 accept\n")
                .contains("ip daddr 192.0.2.2 tcp dport 443 accept\n")
                .doesNotContain("8081");
    }

    @Test
    void addressesBeginAnewAfterTheLastOneAndNeverAreThoseOfTheNetworkItself() {
        AddressRange small = new AddressRange(Network.parse("100.96.3.0/24"));
        assertThat(small.count()).isEqualTo(253);
        assertThat(small.gateway()).isEqualTo("100.96.3.1");
        assertThat(small.address(small.number(0))).isEqualTo("100.96.3.2");
        assertThat(small.address(small.number(252))).isEqualTo("100.96.3.254");
        assertThat(small.address(small.number(253))).isEqualTo("100.96.3.2");
        assertThat(small.address(small.number(-1))).isEqualTo("100.96.3.254");
        assertThat(RANGE.address(RANGE.number(65_532))).isEqualTo("100.96.255.254");
    }

    @Test
    void whereThisMachineAsksItselfUnitsAskWhomItAsks() {
        Nameservers plain = Nameservers.of(List.of(), "search a.example\nnameserver 192.0.2.53\n", "");
        assertThat(plain).isEqualTo(new Nameservers(List.of("192.0.2.53"), null));
        Nameservers local = Nameservers.of(
                List.of(), "nameserver 127.0.0.53\noptions edns0\n", "nameserver 192.0.2.7\nnameserver 2001:db8::1\n");
        assertThat(local.addresses()).containsExactly("192.0.2.7");
        assertThat(local.file()).isEqualTo("nameserver 192.0.2.7\noptions edns0\n");
        assertThat(Nameservers.of(List.of("192.0.2.9"), "nameserver 192.0.2.53\n", "")
                        .file())
                .isEqualTo("nameserver 192.0.2.9\n");
        assertThat(Nameservers.of(List.of(), "nameserver 127.0.0.1\n", "").addresses())
                .isEmpty();
    }
}
