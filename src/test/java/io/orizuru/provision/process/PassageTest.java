package io.orizuru.provision.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.config.Endpoint;
import io.orizuru.config.Network;
import io.orizuru.config.NetworkSettings;
import io.orizuru.config.NetworkSettings.Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassageTest {
    private static final AddressRange RANGE = new AddressRange(Network.parse("100.96.0.0/16"));

    @TempDir
    Path directory;

    @Test
    void whatPastaWouldConnectToOnBehalfOfAUnitIsRefusedInside() {
        Access access =
                Access.OPEN.withReachable(List.of(new Endpoint("127.0.0.1", 5432), new Endpoint("192.0.2.2", 6379)));
        PassageRules rules = new PassageRules(
                RANGE,
                List.of("192.0.2.53"),
                List.of("192.0.2.2"),
                List.of(new Endpoint("0.0.0.0", 80), new Endpoint("127.0.0.1", 8081)),
                access);
        assertThat(rules.text()).isEqualTo("""
                table inet orizuru {
                  chain services {
                    type nat hook output priority -100; policy accept;
                    ip daddr 100.96.0.1 tcp dport 5432 dnat ip to 127.0.0.1
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
                    ip daddr 192.0.2.2 meta l4proto { tcp, udp } th dport 6379 accept
                    ip daddr { 192.0.2.53 } meta l4proto { tcp, udp } th dport 53 accept
                    ip daddr { 192.0.2.2 } tcp dport 80 accept
                    ip daddr { 192.0.2.2 } goto refuse
                    ip daddr 100.96.0.0/16 goto refuse
                    ip daddr { 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 100.100.100.200, 168.63.129.16, 192.0.0.192, 224.0.0.0/3 } goto refuse
                    accept
                  }
                  chain refuse {
                    meta l4proto tcp reject with tcp reset
                    reject with icmpx admin-prohibited
                  }
                }
                """);
    }

    @Test
    void theRecordSaysWhatIsLetInAndOut() throws IOException {
        NetworkSettings settings = NetworkSettings.DEFAULT;
        new Passage(20_007).record(directory, settings, settings.units());
        assertThat(directory.resolve(Passage.RECORD)).hasContent("20007 none 100.96.0.2 100.96.0.1\n");
        new Passage(0)
                .record(
                        directory,
                        settings,
                        Access.OPEN.withReachable(
                                List.of(new Endpoint("127.0.0.1", 5432), new Endpoint("127.0.0.1", 6379))));
        assertThat(directory.resolve(Passage.RECORD)).hasContent("0 5432,6379 100.96.0.2 100.96.0.1\n");
        assertThat(Passage.isRecordedIn(directory)).isTrue();
    }

    @Test
    void aUnitIsOpenWhenItListensOnItsPort() throws IOException {
        Files.writeString(directory.resolve("tcp"), """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
                   1: 0100007F:22B8 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
                """);
        assertThat(Passage.isOpen(directory)).isFalse();
        Files.writeString(directory.resolve("tcp6"), """
                  sl  local_address                         remote_address                        st
                   0: 00000000000000000000000000000000:22B8 00000000000000000000000000000000:0000 0A 00000000:00000000 0
                """);
        assertThat(Passage.isOpen(directory)).isTrue();
    }
}
