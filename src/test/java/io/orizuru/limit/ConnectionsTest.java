package io.orizuru.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.orizuru.config.Network;
import io.orizuru.config.Settings;
import io.orizuru.files.Descriptors;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConnectionsTest {
    private static final Descriptors PLENTY = new Descriptors(65_536, 200);

    private final List<Integer> closed = new ArrayList<>();
    private long now;
    private final Connections connections =
            new Connections(new Settings.Limits(4, 3, 0, 0, 0), PLENTY, List.of(Network.parse("192.0.2.9")), () -> now);

    private boolean open(String address, int port) {
        return connections.opened(peer(address, port), InetAddress.ofLiteral(address), () -> closed.add(port));
    }

    private static Connections.Peer peer(String address, int port) {
        return new Connections.Peer(address, port);
    }

    @Test
    void whereThereIsNoRoomTheOneThatWaitedLongestMakesIt() {
        open("192.0.2.1", 1);
        open("192.0.2.2", 2);
        open("192.0.2.3", 3);
        open("192.0.2.4", 4);
        connections.requestBegan(peer("192.0.2.1", 1));

        assertThat(open("192.0.2.5", 5)).isTrue();

        assertThat(closed).containsExactly(2);
        assertThat(connections.count()).isEqualTo(4);
    }

    @Test
    void noConnectionWithARequestUnderWayIsClosedForAnother() {
        for (int port = 1; port <= 4; port++) {
            open("192.0.2." + port, port);
            connections.requestBegan(peer("192.0.2." + port, port));
        }

        assertThat(open("192.0.2.5", 5)).isFalse();

        assertThat(closed).isEmpty();
        connections.requestEnded(peer("192.0.2.3", 3));
        assertThat(open("192.0.2.5", 5)).isTrue();
        assertThat(closed).containsExactly(3);
    }

    @Test
    void anAddressTakesRoomFromItselfOnly() {
        open("192.0.2.7", 1);
        for (int port = 2; port <= 4; port++) {
            assertThat(open("192.0.2.1", port)).isTrue();
        }

        assertThat(open("192.0.2.1", 5)).isTrue();

        assertThat(closed).containsExactly(2);
    }

    @Test
    void behindATrustedProxyManyClientsHaveOneAddress() {
        for (int port = 1; port <= 4; port++) {
            assertThat(open("192.0.2.9", port)).isTrue();
        }

        assertThat(closed).isEmpty();
    }

    @Test
    void aHeadThatDoesNotComeInTimeEndsItsConnection() {
        open("192.0.2.1", 1);
        open("192.0.2.2", 2);
        open("192.0.2.3", 3);
        connections.requestBegan(peer("192.0.2.2", 2));
        connections.requestBegan(peer("192.0.2.3", 3));
        connections.requestEnded(peer("192.0.2.3", 3));

        now += Connections.FIRST_HEAD.plus(Duration.ofSeconds(1)).toNanos();
        connections.closeOverdue();
        assertThat(closed).containsExactly(1);

        now += Connections.NEXT_HEAD.toNanos();
        connections.closeOverdue();
        assertThat(closed).containsExactly(1, 3);
        assertThat(connections.count()).isEqualTo(1);
    }

    @Test
    void whatWasClosedLeavesNothingBehind() {
        for (int port = 1; port <= 3; port++) {
            open("192.0.2.1", port);
            connections.requestBegan(peer("192.0.2.1", port));
        }
        connections.closed(peer("192.0.2.1", 1));
        connections.closed(peer("192.0.2.1", 1));
        connections.requestEnded(peer("192.0.2.1", 1));

        assertThat(connections.count()).isEqualTo(2);
        assertThat(open("192.0.2.1", 4)).isTrue();
        assertThat(closed).isEmpty();
    }

    @Test
    void headsThatNeverEndHaveSoMuchTogetherAndTheOldestGoes() {
        open("192.0.2.1", 1);
        open("192.0.2.2", 2);
        open("192.0.2.3", 3);
        connections.arrived(peer("192.0.2.1", 1), 200);
        connections.requestBegan(peer("192.0.2.1", 1));
        connections.arrived(peer("192.0.2.1", 1), 4 * Connections.MOST_OF_HEADS);
        assertThat(closed).isEmpty();

        connections.arrived(peer("192.0.2.2", 2), Connections.MOST_OF_HEADS / 2);
        connections.arrived(peer("192.0.2.3", 3), Connections.MOST_OF_HEADS / 2);
        assertThat(closed).isEmpty();
        connections.arrived(peer("192.0.2.3", 3), 1);

        assertThat(closed).containsExactly(2);
    }

    @Test
    void connectionsLeaveDescriptorsForAllElse() {
        Descriptors few = new Descriptors(256, 230);
        assertThat(few.ofApi(4096) + 2 * few.ofRouter(10_000)).isLessThanOrEqualTo((256 - 230) / 2);
        assertThat(few.ofApi(0)).isEqualTo(few.ofApi(4096)).isPositive();
        assertThat(new Descriptors(1 << 20, 200).ofApi(4096)).isEqualTo(4096);
        assertThat(new Descriptors(1 << 20, 200).ofRouter(10_000)).isEqualTo(10_000);

        Connections tight = new Connections(new Settings.Limits(4096, 512, 0, 0, 0), few, List.of(), () -> now);
        int opened = 0;
        while (opened < 1000 && tight.opened(peer("192.0.2.1", opened), InetAddress.ofLiteral("192.0.2.1"), () -> {})) {
            tight.requestBegan(peer("192.0.2.1", opened++));
        }
        assertThat(opened).isLessThan(few.ofApi(4096));
    }
}
